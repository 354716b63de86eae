/** What the client needs from the connection that carries its frames. */

import { Close } from "../wire/protocol";

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
  /** The connection is open: send hello, or ask what changed if another tab leads. */
  onOpen(): void;
  onMessage(text: string): void;
  /** The connection is gone; requests under way will get no reply. */
  onLost(): void;
  /** The page woke, after a silence or without a socket: ask what changed. */
  onWake(): void;
  onStatusChange(): void;
}

export interface Transport {
  /** Whether the connection is this tab's own: then it is this tab that answers heartbeats. */
  readonly leads: boolean;
  /** Whether this tab is the one that makes itself heard, of all that show this inbox. */
  readonly speaks: boolean;
  readonly status: TransportStatus;
  /** The close code, if the transport is closed for good; else null. */
  readonly reason: number | null;
  start(listener: TransportListener): void;
  stop(): void;
  /** Sends now or never: false when there is no open connection. Nothing is queued. */
  send(text: string): boolean;
  /** Gives up a connection that is of no use here, and reconnects after so many seconds or later. */
  reset(seconds?: number): void;
  /** The server has greeted, and sends a heartbeat every so many seconds; never if that is 0. */
  onGreeted(ping: number): void;
  /** The server is about to close with this code; `retry` bounds the wait, in seconds. */
  onBye(code: number, retry?: readonly [number, number]): void;
  /** Shares a connection from now on only with tabs that have come to this inbox as well. */
  regroup(inbox: string): void;
}

/** Whether news comes by asking: there is no socket, and nobody has been signed out. */
export function polls({ status, reason }: Transport): boolean {
  return status === "polling" || (status === "closed" && reason !== Close.NotSignedIn);
}
