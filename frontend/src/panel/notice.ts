/** Says at the panel's foot what has just been done, with a button that takes it back. */

import { button } from "../view/controls";
import { h, setText } from "../view/dom";

/** How long it stays, in milliseconds: longer than it takes to read it and to decide. */
const STAYS = 8_000;

export class Notice {
  readonly #text = h("span");
  readonly #undo = button("notice-undo", "undo");
  readonly element = h("div", "notice", { role: "status" });
  #answer: ((undo: boolean) => void) | null = null;
  #offered: Promise<boolean> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    // Nobody has to hurry who is about to decide.
    for (const arrival of ["pointerenter", "focusin"]) {
      this.element.addEventListener(arrival, () => clearTimeout(this.#timer));
    }
    for (const leave of ["pointerleave", "focusout"]) {
      this.element.addEventListener(leave, () => this.#wait());
    }
  }

  /** Says what happened, in the place of what was said before. */
  say(text: string): void {
    this.#show(text, []);
  }

  /** Says what was done, and resolves to whether it is to be undone, once that is certain. */
  offer(text: string, undo: string): Promise<boolean> {
    setText(this.#undo, undo);
    this.#show(text, [this.#undo]);
    this.#offered = new Promise((resolve) => {
      this.#answer = resolve;
    });
    return this.#offered;
  }

  /** Ends an offer, unless something else is said by now. */
  withdraw(offered: Promise<boolean>): void {
    if (this.#offered === offered) this.end();
  }

  /** Ends what is said. Nothing is undone, unless that is the answer. */
  end(undo = false): void {
    const answer = this.#answer;
    this.#answer = null;
    this.#offered = null;
    clearTimeout(this.#timer);
    this.element.replaceChildren();
    answer?.(undo);
  }

  #show(text: string, controls: readonly Node[]): void {
    this.end();
    setText(this.#text, text);
    this.element.replaceChildren(this.#text, ...controls);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (!this.element.matches(":hover, :focus-within")) {
      this.#timer = setTimeout(() => this.end(), STAYS);
    }
  }
}
