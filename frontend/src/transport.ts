/** What the client needs from whatever carries its frames. */

export type TransportStatus = "idle" | "connecting" | "open" | "waiting" | "offline" | "closed";

export interface TransportListener {
  /** The line is up: say hello. */
  opened(): void;
  received(text: string): void;
  /** The line is down; what was under way will not be answered. */
  lost(): void;
  /** The page came back after a silence: make sure the line still lives. */
  woke(): void;
  statusChanged(): void;
}

export interface Transport {
  readonly status: TransportStatus;
  /** Why it is closed for good: a close code, else null. */
  readonly reason: number | null;
  start(listener: TransportListener): void;
  stop(): void;
  /** False when the line is down: nothing is ever queued. */
  send(text: string): boolean;
  /** Drops a line that does not answer, and comes back. */
  reset(): void;
  /** From now on a silence longer than this many seconds means a dead line. */
  expectEvery(seconds: number): void;
  /** What the server said before it closes. */
  onBye(code: number, retry?: readonly [number, number]): void;
}
