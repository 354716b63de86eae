/** Swiping a row with a finger: towards the start of a line archives, towards its end marks. */

import { icon } from "../view/controls";
import { h } from "../view/dom";
import { type ActionHost, perform } from "./actions";
import type { Row } from "./row";

/** How far a finger moves before it is a swipe and not a tap, in pixels. */
const SLOP = 12;
/** How far a swipe has to go to count, as a share of the row's width. */
const ENOUGH = 0.3;

interface Swipe {
  readonly row: Row;
  readonly action: "archive" | "toggle";
  /** What appears from under the row, and says what will happen. */
  readonly hint: HTMLElement;
}

export class Swiping {
  readonly #host: ActionHost;
  #start: PointerEvent | null = null;
  #swipe: Swipe | null = null;

  constructor(host: ActionHost) {
    this.#host = host;
    const { element } = host.panel.list;
    element.addEventListener("pointerdown", (event) => {
      // A mouse selects text, and has the buttons.
      if (event.pointerType === "touch" && event.isPrimary) this.#start = event;
    });
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#end(event));
    // The browser takes over to scroll.
    element.addEventListener("pointercancel", () => this.#end());
  }

  #move(event: PointerEvent): void {
    if (!this.#start) return;
    const distance = event.clientX - this.#start.clientX;
    const across = Math.abs(distance);
    if (!this.#swipe && across < Math.max(SLOP, Math.abs(event.clientY - this.#start.clientY))) {
      return;
    }
    const row = this.#swipe?.row ?? this.#host.panel.list.rowOf(event.target);
    if (!row) return;
    row.card.setPointerCapture(event.pointerId);
    row.card.style.translate = `${distance}px`;
    const { hint } = this.#turn(row, distance);
    hint.toggleAttribute("data-enough", across >= row.card.clientWidth * ENOUGH);
  }

  /** Returns the swipe in this direction: turning round changes what will happen. */
  #turn(row: Row, distance: number): Swipe {
    const toStart = distance < 0 !== (getComputedStyle(row.card).direction === "rtl");
    const action = toStart ? "archive" : "toggle";
    if (this.#swipe?.action === action) return this.#swipe;
    this.#swipe?.hint.remove();
    const hint = h(
      "span",
      "swipe",
      { "data-swipe": action, "aria-hidden": "true" },
      icon(toStart ? "archive" : "checks"),
      row.control(action).dataset.name ?? "",
    );
    row.element.prepend(hint);
    this.#swipe = { row, action, hint };
    return this.#swipe;
  }

  #end(event?: Event): void {
    const swipe = this.#swipe;
    this.#start = null;
    this.#swipe = null;
    if (!swipe) return;
    const { row, action, hint } = swipe;
    row.card.removeAttribute("style");
    hint.remove();
    if (event && hint.hasAttribute("data-enough")) perform(this.#host, event, action);
  }
}
