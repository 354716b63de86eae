/** What there is to show: the server's view, and how the line stands. */

import type { Item } from "./protocol";
import type { View } from "./store";
import type { Transport, TransportStatus } from "./transport";

/** Frozen, and a new object whenever something changed. */
export interface ClientState {
  /** `open` once the server has answered hello, not merely once the line is up. */
  readonly status: TransportStatus;
  /** The close code, once the server has sent us away for good. */
  readonly reason: number | null;
  /** False until the first answer: the list is not known yet. */
  readonly ready: boolean;
  readonly unread: number;
  readonly unseen: number;
  /** Newest arrival first. */
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

/** The view as it is shown; whatever lies over the server's state is laid on here. */
export function derive(
  view: View,
  line: Pick<Transport, "status" | "reason">,
  greeted: boolean,
  initialUnread: number,
): ClientState {
  const ready = view.rev !== null;
  return Object.freeze({
    status: line.status === "open" && !greeted ? "connecting" : line.status,
    reason: line.reason,
    ready,
    unread: ready ? view.unread : initialUnread,
    unseen: view.unseen,
    items: view.items,
    hasMore: view.next !== null,
  });
}

export function same(a: ClientState, b: ClientState): boolean {
  return (Object.keys(a) as (keyof ClientState)[]).every((name) => a[name] === b[name]);
}
