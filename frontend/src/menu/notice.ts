/** Says at the panel's foot what has just been done, with a button that undoes it. */

import type { ActionHost } from "../panel/actions";
import type { PanelMessages } from "../panel/panel-messages";
import { h, setText } from "../view/dom";

/** How long it stays, in milliseconds: longer than the time it takes to read it and decide. */
const STAYS = 8_000;

export class Notice {
  readonly #host: ActionHost;
  readonly #text = h("span");
  readonly #undo = h("button", "notice-undo", { type: "button" });
  readonly #element = h("div", "notice", { role: "status" }, this.#text, this.#undo);
  #act: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: ActionHost) {
    this.#host = host;
    host.panel.element.append(this.#element);
    this.#undo.addEventListener("click", (event) => {
      event.stopPropagation();
      const act = this.#act;
      this.#hide();
      host.panel.title.focus();
      act?.();
    });
    this.#hide();
  }

  show(text: keyof PanelMessages, gaps: Record<string, string> = {}, undo?: () => void): void {
    const { translate } = this.#host.context;
    this.#act = undo;
    setText(this.#text, translate(text, gaps));
    setText(this.#undo, translate("undo"));
    this.#undo.hidden = !undo;
    this.#element.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#leave(), STAYS);
  }

  /** Nothing goes from under the focus or the pointer. */
  #leave(): void {
    if (this.#element.matches(":hover, :focus-within")) {
      this.#timer = setTimeout(() => this.#leave(), STAYS);
    } else this.#hide();
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#element.hidden = true;
    setText(this.#text, "");
  }
}
