/** Tells screen readers about arrivals, briefly and once. */

import type { Item } from "../wire/protocol";
import { h } from "./dom";
import { headline } from "./headline";
import type { Translate } from "./messages";

/** Arrivals within this time are announced together. */
const COLLECT = 1_000;
/** After this time the text is removed: a screen reader speaks only text that changes. */
const CLEAR = 5_000;

/** The texts that announce something. */
export type AnnouncerTexts = Record<"untitled" | "arrivedOne" | "arrived", unknown>;

export class Announcer {
  /** The live region. It must be rendered before it is filled, or nobody hears the first text. */
  readonly element: HTMLElement;
  readonly #translate: Translate<AnnouncerTexts>;
  #waiting = new Map<number, Item>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** An `alert` interrupts what is being read, a `status` waits. */
  constructor(translate: Translate<AnnouncerTexts>, role = "status") {
    this.element = h("div", "sr", { role });
    this.#translate = translate;
  }

  announce(items: readonly Item[]): void {
    for (const item of items) {
      if (this.#waiting.size === 0) this.#after(COLLECT, () => this.#speak());
      this.#waiting.set(item.id, item);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.element.textContent = "";
  }

  #speak(): void {
    const [...items] = this.#waiting.values();
    const [only, another] = items;
    this.stop();
    this.element.textContent =
      only && !another
        ? this.#translate("arrivedOne", { title: headline(only, this.#translate("untitled")) })
        : this.#translate("arrived", { count: items.length });
    this.#after(CLEAR, () => this.stop());
  }

  #after(wait: number, work: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, wait);
  }
}
