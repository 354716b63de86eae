/** What the client needs from the connection that carries its frames. */

/** `polling`: no socket can be had, or it is off; the client asks over HTTP. */
export type TransportStatus =
  | "idle"
  | "connecting"
  | "open"
  | "waiting"
  | "polling"
  | "offline"
  | "closed";

export interface TransportListener {
  /** The connection is open: send hello. */
  onOpen(): void;
  onMessage(text: string): void;
  /** The connection is gone; requests under way will get no reply. */
  onLost(): void;
  /** The page woke, after a silence or without a socket: ask what changed. */
  onWake(): void;
  onStatusChange(): void;
}

export interface Transport {
  readonly status: TransportStatus;
  /** The close code, if the transport is closed for good; else null. */
  readonly reason: number | null;
  start(listener: TransportListener): void;
  stop(): void;
  /** Sends now or never: false when there is no open connection. Nothing is queued. */
  send(text: string): boolean;
  /** Drops a connection that is of no use, and reconnects after so many seconds or later. */
  reset(seconds?: number): void;
  /** Treats the connection as dead after a silence of this many seconds. */
  expectEvery(seconds: number): void;
  /** The server is about to close with this code; `retry` bounds the wait, in seconds. */
  onBye(code: number, retry?: readonly [number, number]): void;
}
