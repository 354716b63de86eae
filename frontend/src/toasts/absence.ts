/** Notices that the page was without a connection for long. */

import type { TransportStatus } from "../connection/transport";

/** A shorter absence is a hiccup: what arrived meanwhile is still news. */
const LONG = 60_000;
/** What arrives so soon after a reconnect arrived before it. */
const CATCHING_UP = 2_000;

export class Absence {
  #lostAt: number | null = null;
  #endedAt = Number.NEGATIVE_INFINITY;

  update(status: TransportStatus): void {
    const now = Date.now();
    if (status !== "open") this.#lostAt ??= now;
    else {
      if (this.#lostAt !== null && now - this.#lostAt > LONG) this.#endedAt = now;
      this.#lostAt = null;
    }
  }

  get hasJustEnded(): boolean {
    return Date.now() - this.#endedAt < CATCHING_UP;
  }
}
