/**
 * Views beside the inbox: the archive, what is unread, a type group.
 *
 * Like the view of the inbox, each is a pure function of the frames, with another condition. At rev N
 * it equals what the database would list at rev N, down to `bottom`.
 */

import type { Args, Frame, Item } from "../wire/protocol";
import { carryOut, type Operation } from "./operations";
import { applyPage } from "./pages";
import { apply, concerns, EMPTY, isActive, type Shows, type View } from "./store";

/** What a list shows. With nothing given it is the inbox. */
export interface Filter {
  /** Archived items instead of active ones. */
  readonly archived?: boolean;
  /** Only unread items. */
  readonly unread?: boolean;
  /** Only items of types in this type group; "" for types without one. */
  readonly group?: string;
}

export function showsOf({ archived, unread, group }: Filter): Shows {
  return (item) =>
    (archived ? item.archived && !item.deleted : isActive(item)) &&
    !(unread && item.read) &&
    (group === undefined || item.group === group);
}

/** The part of a view of the inbox that a filter shows; the archive holds nothing of it. */
export function begin(base: View, filter: Filter): View {
  if (filter.archived) return EMPTY;
  return { ...base, items: base.items.filter(showsOf(filter)) };
}

/** The items that are shown once the server has confirmed these operations. */
export function expected(
  items: readonly Item[],
  operations: readonly Operation[],
  filter: Filter,
): readonly Item[] {
  return operations.length ? operations.reduce(carryOut, items).filter(showsOf(filter)) : items;
}

/** The arguments of a request for the page of a filter after a view. */
export function pageArgs(filter: Filter, { next }: View): Args {
  return next === null ? { ...filter } : { ...filter, before: next };
}

/** Adds a page. Null means that it is older than the view: ask for it again. */
export function addPage(view: View, frame: Frame, filter: Filter): View | null {
  // The first page says at which rev the view begins.
  const known = view.rev === null ? { ...EMPTY, rev: frame.rev } : view;
  const added = applyPage(known, frame, showsOf(filter));
  if (added.outcome === "stale") return null;
  // A page of a group may hold less than it has looked at, and its cursor tells how far that was.
  const { next } = added.view;
  return { ...added.view, bottom: next === null ? null : Number(next) };
}

/**
 * Applies a frame that was applied to the inbox as well, whose view was `base` before. Null means
 * that it concerns items that nobody here knows: begin anew.
 */
export function follow(view: View, frame: Frame, filter: Filter, base: View): View | null {
  const known = filter.archived && frame.archive ? withArchived(view, frame, base) : view;
  return known && apply(known, frame, showsOf(filter)).view;
}

/** Adds what is being archived to the archive, so that applying the frame archives it there. */
function withArchived(view: View, frame: Frame, base: View): View | null {
  const { archive = {}, rev } = frame;
  if (view.rev === null || rev <= view.rev) return view;
  // The first page was read later than what the inbox has been told of.
  if (base.rev === null || base.rev < view.rev) return null;
  const here = new Set(view.items.map((item) => item.id));
  const lowest = view.bottom ?? Number.NEGATIVE_INFINITY;
  const isNew = (item: Item) => concerns(archive, item) && !here.has(item.id) && item.seq >= lowest;
  const known = new Set([...here, ...base.items.map((item) => item.id)]);
  const isKnown = archive.ids
    ? archive.ids.every((id) => known.has(id))
    : (base.bottom ?? Number.NEGATIVE_INFINITY) <= lowest;
  return isKnown ? { ...view, items: [...view.items, ...base.items.filter(isNew)] } : null;
}
