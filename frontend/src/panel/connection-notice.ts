/** Decides when a lost connection is worth a notice: not at every short interruption. */

import type { ClientState } from "../client/state";

const AFTER = 5_000;

export class ConnectionNotice {
  /** Whether to show a notice. */
  shown = false;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  update({ status, stale, signedOut }: ClientState): void {
    if (status === "open" || status === "closed" || signedOut) {
      this.stop();
      this.shown = status !== "open" || stale;
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
