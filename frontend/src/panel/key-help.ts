/** The list of the keys, which one of them shows. */

import { h } from "../view/dom";
import type { PanelContext } from "./panel-context";
import type { PanelMessages } from "./panel-messages";

const LINES: readonly (readonly [string, keyof PanelMessages])[] = [
  ["j k ↓ ↑", "keyMove"],
  ["Home End", "keyEnds"],
  ["Enter", "keyOpen"],
  ["e", "archive"],
  ["r", "markRead"],
  ["u", "markUnread"],
  ["Delete #", "delete"],
  ["z", "undo"],
  ["?", "keyHelp"],
];

export class KeyHelp {
  readonly element = h("div", "help", {
    role: "dialog",
    popover: "auto",
    "aria-labelledby": "keys",
  });

  toggle({ translate }: PanelContext): void {
    const lines = LINES.flatMap(([keys, text]) => [
      h("dt", "", {}, ...keys.split(" ").flatMap((key) => [h("kbd", "", {}, key), " "])),
      h("dd", "", {}, translate(text)),
    ]);
    const title = h("h2", "", { id: "keys" }, translate("keys"));
    this.element.replaceChildren(title, h("dl", "", {}, ...lines));
    this.element.togglePopover();
  }
}
