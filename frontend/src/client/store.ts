/**
 * What the browser shows, as a pure function of the frames received.
 *
 * A view at rev N equals the database at rev N: the active notifications down to `bottom`, and
 * the counters. Frames may arrive twice, late, out of order or not at all; a frame that does not
 * fit the view's rev is either known already or makes the client sync.
 */

import type { Frame, Item, Selection } from "../wire/protocol";

export interface View {
  /** Whose inbox it is; null until the first reply. */
  readonly inbox: string | null;
  /** Null until the first reply. */
  readonly rev: number | null;
  readonly unread: number;
  readonly unseen: number;
  /** Newest arrival first. */
  readonly items: readonly Item[];
  /** The seq of the oldest loaded item; null when everything is loaded. */
  readonly bottom: number | null;
  /** The cursor of the next page; null when everything is loaded. */
  readonly next: string | null;
}

export const EMPTY: View = Object.freeze({
  inbox: null,
  rev: null,
  unread: 0,
  unseen: 0,
  items: Object.freeze([]),
  bottom: null,
  next: null,
});

/** Which items a view holds. */
export type Shows = (item: Item) => boolean;

/** The items of the inbox. */
export const isActive: Shows = ({ archived, deleted, snoozed }) =>
  !(archived || deleted || snoozed);

export interface Step<Outcome> {
  readonly view: View;
  readonly outcome: Outcome;
}

/** `sync` means that changes are missing between the view and the frame: ask for them. */
export type Outcome = "applied" | "ignored" | "sync";

/**
 * Applies a push, a heartbeat, or the reply to hello, sync or a command.
 *
 * After a reply of another inbox nothing is left: the cookie is another account's by now, or the
 * database was restored.
 */
export function apply(view: View, frame: Frame, shows = isActive): Step<Outcome> {
  if (frame.reset) return change({ ...EMPTY, ...windowOf(frame, null) }, frame, isActive);
  if (view.rev === null) return { view, outcome: "ignored" };
  const inbox = frame.inbox ?? view.inbox;
  if (view.inbox !== null && view.inbox !== inbox) return { view: EMPTY, outcome: "sync" };
  if (frame.unread === undefined)
    return { view, outcome: frame.rev === view.rev ? "ignored" : "sync" };
  if (frame.rev <= view.rev) return { view, outcome: "ignored" };
  if (startOf(frame) > view.rev) return { view, outcome: "sync" };
  return change(view, frame, shows);
}

/** Makes the changes of a frame that follows on a view. */
function change(view: View, frame: Frame, shows: Shows): Step<Outcome> {
  const items = withPut(view, frame, view.bottom);
  const { rev, inbox = view.inbox, unread = 0, unseen = 0 } = frame;
  patch(items, frame.read, { rev, read: true });
  patch(items, frame.archive, { rev, archived: true });
  patch(items, frame.delete, { rev, deleted: true });
  patch(items, frame.snooze, { rev, snoozed: true });
  see(items, frame.seen?.upto);
  const rest = { ...view, inbox, rev, unread, unseen };
  return { view: snapshot(items, rest, shows), outcome: "applied" };
}

/**
 * The rev that a frame starts from. A frame with neither a change nor `from` is the reply to a
 * command that changed nothing: it gives the current rev, but not the changes that led to it.
 */
function startOf(frame: Frame): number {
  const change =
    frame.put ?? frame.read ?? frame.seen ?? frame.archive ?? frame.delete ?? frame.snooze;
  return frame.from ?? (change ? frame.rev - 1 : frame.rev);
}

/** How far down the list is known once this page is part of it. */
export function windowOf(frame: Frame, known: number | null): Pick<View, "bottom" | "next"> {
  const next = frame.next ?? null;
  if (next === null) return { next, bottom: null };
  const seqs = (frame.put ?? []).map((item) => item.seq);
  return { next, bottom: seqs.length > 0 ? Math.min(...seqs) : known };
}

/** The items of a view by their ids, with those that a frame brings. */
export function withPut(view: View, { put = [] }: Frame, bottom: number | null): Map<number, Item> {
  const items = new Map(view.items.map((item) => [item.id, item]));
  for (const item of put) {
    const known = items.get(item.id);
    if (known && known.rev >= item.rev) continue;
    if (bottom !== null && item.seq < bottom) items.delete(item.id);
    else items.set(item.id, item);
  }
  return items;
}

/** Whether a change concerns an item. The first that arrives has a seq of 1. */
export function concerns({ ids, upto = 0 }: Selection, item: Item): boolean {
  return ids?.includes(item.id) || item.seq <= upto;
}

/** Changes the selected items that have not changed since. */
function patch(
  items: Map<number, Item>,
  selection: Selection | undefined,
  change: Partial<Item> & Pick<Item, "rev">,
): void {
  if (!selection) return;
  for (const item of items.values()) {
    if (item.rev >= change.rev || !concerns(selection, item)) continue;
    items.set(item.id, { ...item, ...change });
  }
}

/** Marks items seen up to a seq. That changes no item's rev. */
function see(items: Map<number, Item>, upto = 0): void {
  for (const item of items.values()) {
    if (!item.seen && item.seq <= upto) items.set(item.id, { ...item, seen: true });
  }
}

/** Compares two items, to sort a list. */
export function newestFirst(a: Item, b: Item): number {
  return b.seq - a.seq || b.id - a.id;
}

export function snapshot(items: Map<number, Item>, rest: View, shows: Shows): View {
  const sorted = [...items.values()].filter(shows).sort(newestFirst);
  return Object.freeze({ ...rest, items: Object.freeze(sorted) });
}
