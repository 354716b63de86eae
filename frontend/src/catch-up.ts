/** Asking what changed: one question at a time, and again while the answer falls short. */

import { BACKOFF, fullJitter } from "./backoff";
import type { Answer } from "./requests";

export class CatchUp {
  readonly #ask: () => Promise<Answer>;
  readonly #isBehind: () => boolean;
  readonly #random: () => number;
  #running: Promise<Answer> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #vain = 0;

  /** `isBehind` tells whether more is known to exist than the last answer brought. */
  constructor(ask: () => Promise<Answer>, isBehind: () => boolean, random: () => number) {
    this.#ask = ask;
    this.#isBehind = isBehind;
    this.#random = random;
  }

  run(): Promise<Answer> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<Answer> {
    this.stop();
    const answer = await this.#ask();
    if (!this.#isBehind()) {
      this.#vain = 0;
      return answer;
    }
    // Not at once, not too often, and not before the server said.
    const wait = fullJitter(this.#vain, this.#random, BACKOFF);
    const atLeast = (answer.error?.retry ?? 0) * 1000;
    this.#vain += 1;
    this.#timer = setTimeout(() => void this.run(), Math.max(wait, atLeast));
    return answer;
  }
}
