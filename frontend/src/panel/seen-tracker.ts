/** Marks seen what an open panel in a visible tab shows, with one request for a burst. */

import type { NotifyClient } from "../client/client";

/** How long to collect arrivals, in milliseconds. */
const AFTER = 500;

export class SeenTracker {
  readonly #client: () => NotifyClient | null;
  readonly #isOpen: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the server has refused it would refuse again, until somebody opens the panel anew. */
  #refused = false;

  constructor(client: () => NotifyClient | null, isOpen: () => boolean) {
    this.#client = client;
    this.#isOpen = isOpen;
  }

  /** Marks everything seen after this many milliseconds, if that is due then as well as now. */
  schedule(after = AFTER): void {
    if (after === 0) this.#refused = false;
    if (!this.#due() || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.stop();
      if (this.#due()) void this.#mark();
    }, after);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #mark(): Promise<void> {
    const result = await this.#client()?.markSeen();
    this.#refused = result?.ok === false;
  }

  #due(): boolean {
    if (this.#refused) return false;
    return this.#isOpen() && !document.hidden && (this.#client()?.state.unseen ?? 0) > 0;
  }
}
