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

  /** Shows the count; the accessible name says it in words. */
  update(unread: number, name: string): void {
    setText(this.#badge, unread > MAX_COUNT ? `${MAX_COUNT}+` : String(unread || ""));
    setAttribute(this.element, "aria-label", name);
  }

  /** Starts the animation of a ringing bell, from the beginning if it is running. */
  ring(): void {
    this.element.classList.remove("ring");
    // Reading the layout makes the browser see the class go before it comes back.
    void this.element.offsetWidth;
    this.element.classList.add("ring");
  }
}
