/**
 * What a person has done that the server has not confirmed yet, and how that changes a view.
 *
 * What is shown is `overlay(base, operations)`, a pure function: to undo an operation is to leave it
 * out. Each operation does to the view what the server will do to the inbox, and nothing where the
 * view includes it already.
 */

import type { Args, Command, Item, Selection } from "../wire/protocol";
import type { View } from "./store";

const MARKS = ["read", "unread", "seen", "archive", "unarchive", "delete", "snooze"] as const;

/** The commands that change the items of an inbox. Each may be sent twice: it sets, never toggles. */
export type Mark = (typeof MARKS)[number];

export interface Operation {
  readonly key: string;
  readonly command: Mark;
  /** What is sent. */
  readonly args: Args & Selection;
  /** When it was done, in milliseconds since the epoch. */
  readonly at: number;
  /** For `unarchive`: the items as they were when they went. */
  readonly items?: readonly Item[];
}

export function isMark(command: Command): command is Mark {
  return (MARKS as readonly Command[]).includes(command);
}

/** Carries out operations on a view, in their order. */
export function overlay(view: View, operations: readonly Operation[]): View {
  return view.rev === null ? view : operations.reduce(carryOut, view);
}

/** Whether the order of two operations matters, because they concern the same items. */
export function overlap(a: Operation, b: Operation): boolean {
  if (a.command === "seen" || b.command === "seen") return a.command === b.command;
  const [these, those] = [a.args.ids, b.args.ids];
  return !these || !those || these.some((id) => those.includes(id));
}

function carryOut(view: View, operation: Operation): View {
  const { command, args } = operation;
  const items =
    command === "unarchive"
      ? withItems(view, operation.items ?? [])
      : view.items.flatMap((item) => (concerns(args, item) ? change(command, item) : item));
  return Object.freeze({
    ...view,
    ...window(view, operation),
    ...counters(view, items, operation),
    items: Object.freeze(items),
  });
}

function concerns({ ids, upto = -1 }: Selection, item: Item): boolean {
  return ids?.includes(item.id) || item.seq <= upto;
}

/** What becomes of an item; nothing if it goes. An item that stays as it is stays the same object. */
function change(command: Mark, item: Item): Item | readonly [] {
  switch (command) {
    case "read":
      return item.read ? item : { ...item, read: true };
    case "unread":
      return item.read ? { ...item, read: false } : item;
    case "seen":
      return item.seen ? item : { ...item, seen: true };
    default:
      return [];
  }
}

function withItems({ items, bottom }: View, more: readonly Item[]): Item[] {
  const known = new Set(items.map((item) => item.id));
  const back = more.filter((item) => !known.has(item.id) && item.seq >= (bottom ?? 0));
  return [...items, ...back].sort((a, b) => b.seq - a.seq || b.id - a.id);
}

/** Whether an operation concerns everything below the loaded items, too. */
function reachesDown({ bottom }: View, { command, args: { upto } }: Operation): boolean {
  if (upto === undefined || bottom === null || upto < bottom - 1) return false;
  return command !== "unread" && command !== "unarchive";
}

function window(view: View, operation: Operation): Partial<View> {
  const empties = operation.command === "archive" || operation.command === "delete";
  return empties && reachesDown(view, operation) ? { bottom: null, next: null } : {};
}

type Counters = Pick<View, "unread" | "unseen">;

/**
 * Counts anew what is loaded. Of the items below, the base has counted some: they stay counted,
 * unless the operation concerns all of them. Which of them an operation with ids concerns is unknown.
 */
function counters(view: View, items: readonly Item[], operation: Operation): Counters {
  const before = count(view.items);
  const after = count(items);
  const all = reachesDown(view, operation);
  const unread = all && operation.command !== "seen" ? 0 : view.unread - before.unread;
  const unseen = all ? 0 : view.unseen - before.unseen;
  return {
    unread: Math.max(0, after.unread + unread),
    unseen: Math.max(0, after.unseen + unseen),
  };
}

function count(items: readonly Item[]): Counters {
  const unread = items.filter((item) => !item.read);
  return { unread: unread.length, unseen: unread.filter((item) => !item.seen).length };
}
