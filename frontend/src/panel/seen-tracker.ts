/** Marks seen what an open panel in a visible tab shows, with one request for a burst. */

import type { NotifyClient } from "../client/client";

/** How long to collect arrivals, in milliseconds. */
const AFTER = 500;

export class SeenTracker {
  readonly #client: () => NotifyClient | null;
  readonly #isOpen: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: () => NotifyClient | null, isOpen: () => boolean) {
    this.#client = client;
    this.#isOpen = isOpen;
  }

  /** Marks everything seen after this many milliseconds, if that is due then as well as now. */
  schedule(after = AFTER): void {
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
