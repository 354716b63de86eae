/** Asks the server what changed: one sync at a time, repeated while the replies fall short. */

import { fullJitter } from "../connection/backoff";
import type { Answer } from "./requests";

export class CatchUp {
  readonly #ask: () => Promise<Answer>;
  readonly #isBehind: () => boolean;
  #running: Promise<Answer> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shortReplies = 0;

  /** `isBehind` says whether the view still lacks a change that the server has mentioned. */
  constructor(ask: () => Promise<Answer>, isBehind: () => boolean) {
    this.#ask = ask;
    this.#isBehind = isBehind;
  }

  run(): Promise<Answer> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Runs at a random moment within so many milliseconds, unless it runs or is about to. */
  runWithin(spread: number): void {
    if (!this.#running && this.#timer === undefined) this.#runIn(Math.random() * spread);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #runIn(wait: number): void {
    this.#timer = setTimeout(() => void this.run(), wait);
  }

  async #run(): Promise<Answer> {
    this.stop();
    const answer = await this.#ask();
    if (!this.#isBehind()) {
      this.#shortReplies = 0;
      return answer;
    }
    // Back off, and wait at least as long as the server asked.
    const wait = fullJitter(this.#shortReplies);
    const atLeast = (answer.error?.retry ?? 0) * 1000;
    this.#shortReplies += 1;
    this.#runIn(Math.max(wait, atLeast));
    return answer;
  }
}
