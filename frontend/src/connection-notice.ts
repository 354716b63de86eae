/** Says that the line is down, but not of every short blip. */

import type { TransportStatus } from "./transport";

const AFTER = 5_000;

export class ConnectionNotice {
  /** Whether it is worth a word. */
  shown = false;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  note(status: TransportStatus): void {
    if (status === "open" || status === "closed") {
      this.stop();
      this.shown = status === "closed";
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.shown = true;
      this.#changed();
    }, AFTER);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
