/** A switch with a line that says what it is for. */

import { h, setAttribute, setText } from "../view/dom";

export class Switch {
  readonly #label = h("span", "label");
  readonly #text = h("span", "text");
  readonly #knob = h("span", "knob", { "aria-hidden": "true" });
  readonly element = h(
    "button",
    "switch",
    { type: "button", role: "switch" },
    h("span", "words", {}, this.#label, this.#text),
    this.#knob,
  );

  constructor(toggle: () => void) {
    this.element.addEventListener("click", toggle);
  }

  /** Shows the state; `null` is one that cannot be changed here. */
  update(on: boolean | null, label: string, text: string): void {
    setText(this.#label, label);
    setText(this.#text, text);
    setAttribute(this.element, "aria-label", label);
    setAttribute(this.element, "aria-description", text);
    setAttribute(this.element, "aria-checked", String(on === true));
    setAttribute(this.element, "aria-disabled", on === null ? "true" : undefined);
  }
}
