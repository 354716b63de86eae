/**
 * What a person has done that the server has not confirmed yet, and how that changes a view.
 *
 * What is shown is `overlay(base, operations)`, a pure function: to undo an operation is to leave it
 * out. Each operation does to the view what the server will do to the inbox, and nothing where the
 * view includes it already.
 */

import type { Args, Command, Item, Selection } from "../wire/protocol";
import { concerns, isActive, newestFirst, type View } from "./store";

/** What each command sets that changes the items of an inbox. */
const CHANGES = {
  read: ["read", true],
  unread: ["read", false],
  seen: ["seen", true],
  archive: ["archived", true],
  unarchive: ["archived", false],
  delete: ["deleted", true],
  snooze: ["snoozed", true],
} as const;

/** The commands that change items. Each may be sent twice: it sets, never toggles. */
export type Mark = keyof typeof CHANGES;

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
  return Object.hasOwn(CHANGES, command);
}

/** Carries out operations on a view of the inbox, in their order. */
export function overlay(view: View, operations: readonly Operation[]): View {
  return view.rev === null ? view : operations.reduce(lay, view);
}

/** Carries out an operation on items. One that it does not change stays the same object. */
export function carryOut(items: readonly Item[], { command, args }: Operation): readonly Item[] {
  const [flag, value] = CHANGES[command];
  return items.map((item) =>
    concerns(args, item) && item[flag] !== value ? { ...item, [flag]: value } : item,
  );
}

/** Whether the order of two operations matters, because they concern the same items. */
export function overlap(a: Operation, b: Operation): boolean {
  if (a.command === "seen" || b.command === "seen") return a.command === b.command;
  const [these, those] = [a.args.ids, b.args.ids];
  return !these || !those || these.some((id) => those.includes(id));
}

function lay(view: View, operation: Operation): View {
  const items = carryOut(withItems(view, operation), operation).filter(isActive);
  return Object.freeze({
    ...view,
    ...window(view, operation),
    ...counters(view, items, operation),
    items: Object.freeze(items),
  });
}

/** The items of a view, and in their places those that an operation brings back. */
function withItems({ items, bottom }: View, { items: more }: Operation): readonly Item[] {
  if (!more) return items;
  const known = new Set(items.map((item) => item.id));
  const back = more.filter((item) => !known.has(item.id) && item.seq >= (bottom ?? 0));
  return [...items, ...back].sort(newestFirst);
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
