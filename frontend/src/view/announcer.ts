/** Tells screen readers about arrivals, briefly and once. */

import type { Item } from "../wire/protocol";
import { Burst } from "./burst";
import { h } from "./dom";
import { headline } from "./headline";
import type { Translate } from "./messages";

/** After this time the text is removed: a screen reader speaks only text that changes. */
const CLEAR = 5_000;

/** The texts that announce something. */
export type AnnouncerTexts = Record<"untitled" | "arrivedOne" | "arrived", unknown>;

export class Announcer {
  /** The live region. It must be rendered before it is filled, or nobody hears the first text. */
  readonly element: HTMLElement;
  readonly #burst: Burst;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** An `alert` interrupts what is being read, a `status` waits. */
  constructor(translate: Translate<AnnouncerTexts>, role: "status" | "alert" = "status") {
    this.element = h("div", "sr", { role });
    this.#burst = new Burst((items) => {
      const [only] = items;
      clearTimeout(this.#timer);
      this.element.textContent =
        only && !items[1]
          ? translate("arrivedOne", { title: headline(only, translate("untitled")) })
          : translate("arrived", { count: items.length });
      this.#timer = setTimeout(() => this.#clear(), CLEAR);
    });
  }

  announce(items: readonly Item[]): void {
    this.#burst.add(items);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#burst.stop();
    this.#clear();
  }

  #clear(): void {
    this.element.textContent = "";
  }
}
