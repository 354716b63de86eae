/** The list of the keys, which one of them shows. */

import type { ActionHost } from "../panel/actions";
import { h } from "../view/dom";
import { type MenuTexts, translateFor } from "./menu-texts";

const LINES: readonly (readonly [string, keyof MenuTexts])[] = [
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
  readonly #host: ActionHost;
  readonly #element = h("div", "help", {
    role: "dialog",
    popover: "auto",
    "aria-labelledby": "keys",
  });

  constructor(host: ActionHost) {
    this.#host = host;
    host.panel.element.append(this.#element);
  }

  toggle(): void {
    const translate = translateFor(this.#host);
    const lines = LINES.flatMap(([keys, text]) => [
      h("dt", "", {}, ...keys.split(" ").flatMap((key) => [h("kbd", "", {}, key), " "])),
      h("dd", "", {}, translate(text)),
    ]);
    const title = h("h2", "", { id: "keys" }, translate("keys"));
    this.#element.replaceChildren(title, h("dl", "", {}, ...lines));
    this.#element.togglePopover();
  }
}
