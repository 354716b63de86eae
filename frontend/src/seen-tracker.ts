/** Notes as seen what an open panel shows in a visible tab; what arrives together, together. */

import type { NotifyClient } from "./client";

const AFTER = 500;

export class SeenTracker {
  readonly #client: () => NotifyClient | null;
  readonly #isOpen: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: () => NotifyClient | null, isOpen: () => boolean) {
    this.#client = client;
    this.#isOpen = isOpen;
  }

  note(after = AFTER): void {
    if (!this.#due() || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.stop();
      if (this.#due()) void this.#client()?.markSeen();
    }, after);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #due(): boolean {
    return this.#isOpen() && !document.hidden && (this.#client()?.state.unseen ?? 0) > 0;
  }
}
