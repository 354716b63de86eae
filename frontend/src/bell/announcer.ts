/** Announces arrivals to screen readers, briefly and once. */

import { h } from "../view/dom";
import { headline } from "../view/headline";
import type { Translate } from "../view/messages";
import type { Item } from "../wire/protocol";
import type { BELL_ENGLISH } from "./bell-messages";

/** Arrivals within this time are announced together. */
const COLLECT = 1_000;
/** After this time the text is removed: a screen reader speaks only text that changes. */
const CLEAR = 5_000;

export class Announcer {
  readonly element = h("div", "sr", { role: "status" });
  #waiting = new Map<number, Item>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  announce(items: readonly Item[], translate: Translate<typeof BELL_ENGLISH>): void {
    // Only the visible tab speaks.
    if (document.hidden) return;
    if (this.#waiting.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#speak(translate), COLLECT);
    }
    for (const item of items) this.#waiting.set(item.id, item);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.element.textContent = "";
  }

  #speak(translate: Translate<typeof BELL_ENGLISH>): void {
    const items = [...this.#waiting.values()];
    this.#waiting = new Map();
    const [only] = items;
    this.element.textContent =
      items.length === 1 && only
        ? translate("arrivedOne", { title: headline(only, translate("untitled")) })
        : translate("arrived", { count: items.length });
    this.#timer = setTimeout(() => {
      this.element.textContent = "";
    }, CLEAR);
  }
}
