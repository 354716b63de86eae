/** The button that is the bell, with the badge. */

import { BELL, drawing, h, setAttribute, setText } from "../view/dom";

/** The badge shows "99+" for more than this. */
const MAX_COUNT = 99;

export class Trigger {
  readonly #badge = h("span", "badge", { "aria-hidden": "true" });
  readonly element = h(
    "button",
    "trigger",
    { type: "button", "aria-haspopup": "dialog", "aria-controls": "panel" },
    h("slot", "", { name: "icon" }, drawing(BELL)),
    this.#badge,
  );

  constructor() {
    this.element.onanimationend = () => this.element.classList.remove("ring");
  }

  /** Shows the count; the accessible name says it in words. */
  update(unread: number, name: string): void {
    setText(this.#badge, unread > MAX_COUNT ? `${MAX_COUNT}+` : String(unread || ""));
    setAttribute(this.element, "aria-label", name);
  }

  /** Rings the bell, unless it is ringing. */
  ring(): void {
    this.element.classList.add("ring");
  }
}
