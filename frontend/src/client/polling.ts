/** Asks for news at a measured pace, where no socket can be had. */

import { between } from "../connection/backoff";
import type { Receiving } from "./acting";
import type { Answer } from "./requests";

/**
 * The waits between two questions, in seconds. They begin when somebody looks at the page or opens
 * the panel, stay at a minute, and grow while nothing is new.
 */
const PACE = [15, 30, 60, 60, 60, 60, 60, 120, 240, 300];
const A_MINUTE = PACE.indexOf(60);
/** Where an answer that is an error leads at least. */
const TROUBLED = PACE.indexOf(120);
/** Spreads out browsers that all began to ask in the same moment. */
const JITTER = 1.2;

export class Polling {
  readonly #inbox: Receiving;
  #step = 0;
  /** Whether the question under way is one of these, and nobody's who looks. */
  #asking = false;
  #rev: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(inbox: Receiving) {
    this.#inbox = inbox;
  }

  /** Plans the next question after the answer to any. */
  answered({ ok, error }: Answer): void {
    const { rev } = this.#inbox.view();
    const isNews = rev !== this.#rev;
    this.#rev = rev;
    if (!this.#inbox.polls()) return;
    this.#inbox.doubt(!ok);
    if (!this.#asking) this.#step = 0;
    else if (isNews) this.#step = A_MINUTE;
    else this.#step = Math.min(this.#step + 1, PACE.length - 1);
    if (!ok) this.#step = Math.max(this.#step, TROUBLED);
    this.#wait(error?.retry);
  }

  #wait(atLeast = 0): void {
    const seconds = (PACE[this.#step] ?? 0) * between(1, JITTER);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), Math.max(seconds, atLeast) * 1000);
  }

  /** Asks, if anybody can see the answer: a page that is looked at again asks at once. */
  async #ask(): Promise<void> {
    if (!this.#inbox.polls()) return;
    if (document.hidden) return this.#wait();
    this.#asking = true;
    await this.#inbox.sync();
    this.#asking = false;
  }
}
