/** What there is to show: the inbox, and the state of the connection. */

import type { Transport, TransportStatus } from "../connection/transport";
import type { Item } from "../wire/protocol";
import type { Shown } from "./acting";

/** Frozen; a new object whenever something changes. */
export interface ClientState {
  /** `open` once the server has answered hello, not merely once the socket is open. */
  readonly status: TransportStatus;
  /** Whether this tab makes itself heard, of all that show this inbox: the one focused last. */
  readonly speaks: boolean;
  /** The close code, if the server has closed the connection for good. */
  readonly reason: number | null;
  /** Whether the server cannot promise now that nothing is missing. */
  readonly stale: boolean;
  /** Whether nobody is signed in any more. Nothing is shown then. */
  readonly signedOut: boolean;
  /** Whose inbox this is, as an opaque text; null until the first reply. */
  readonly inbox: string | null;
  /** False until the first reply, while the list is unknown. */
  readonly ready: boolean;
  readonly unread: number;
  readonly unseen: number;
  /** Newest arrival first. */
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  /** How many operations are shown that the server has not confirmed. */
  readonly pending: number;
}

/** What a client knows besides its view and its connection. */
export interface Knowledge {
  /** Whether the server has answered hello on this connection. */
  greeted: boolean;
  /** Whether the server cannot promise now that nothing is missing. */
  stale: boolean;
  /** Whether the server has said that nobody is signed in. */
  signedOut: boolean;
  /** The count that the page was rendered with, until the first reply. */
  unread: number;
}

/** Derives what there is to show from the inbox and the state of the connection. */
export function derive(
  { view, pending }: Shown,
  transport: Pick<Transport, "status" | "reason" | "speaks">,
  { greeted, stale, signedOut, unread }: Readonly<Knowledge>,
): ClientState {
  const ready = view.rev !== null;
  return Object.freeze({
    status: transport.status === "open" && !greeted ? "connecting" : transport.status,
    speaks: transport.speaks,
    reason: transport.reason,
    stale,
    signedOut: signedOut && !ready,
    inbox: view.inbox,
    ready,
    unread: ready ? view.unread : unread,
    unseen: view.unseen,
    items: view.items,
    hasMore: view.next !== null,
    pending,
  });
}

export function same(a: ClientState, b: ClientState): boolean {
  return (Object.keys(a) as (keyof ClientState)[]).every((name) => a[name] === b[name]);
}
