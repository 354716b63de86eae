/** One inbox as the database keeps it, telling of every change as the server does. */

import { expect } from "vitest";
import type { Filter } from "../src/client/filters";
import type { View } from "../src/client/store";
import { isActive } from "../src/client/store";
import type { Frame, Item, Selection } from "../src/wire/protocol";
import { item } from "./builders";

export const PAGE = 3;
const SYNC_LIMIT = 6;

export class Database {
  rev = 0;
  seen = 0;
  readonly rows = new Map<number, Item>();
  /** Happens once between the reading of the rev and that of the rows, which the server reads apart. */
  meanwhile: (() => void) | null = null;

  get active(): Item[] {
    return [...this.rows.values()]
      .filter((row) => isActive(row))
      .map((row) => ({ ...row, seen: row.seq <= this.seen }))
      .sort((a, b) => b.seq - a.seq);
  }

  /** The rows that a list beside the inbox shows. */
  shown({ archived, unread, group }: Filter): Item[] {
    return [...this.rows.values()]
      .filter((row) => (archived ? row.archived && !row.deleted : isActive(row)))
      .filter((row) => !(unread && row.read) && (group === undefined || row.group === group))
      .sort((a, b) => b.seq - a.seq);
  }

  get counters() {
    const unread = this.active.filter((row) => !row.read);
    return { unread: unread.length, unseen: unread.filter((row) => !row.seen).length };
  }

  notify(): Frame {
    this.rev += 1;
    const id = this.rows.size + 1;
    const row = item(id, this.rev, { group: id % 3 ? "" : "blog" });
    this.rows.set(row.id, row);
    return this.#push({ put: [row] });
  }

  repeat(id: number): Frame | null {
    const row = this.rows.get(id);
    if (!row || row.read || row.archived || row.deleted || row.snoozed) return null;
    this.rev += 1;
    const occurrences = row.occurrences + 1;
    return this.#put(id, { seq: this.rev, occurrences, seen: false });
  }

  read(selection: Selection): Frame | null {
    return this.#change("read", selection, (row) => !row.deleted && !row.read, { read: true });
  }

  archive(selection: Selection): Frame | null {
    return this.#change("archive", selection, isActive, { archived: true });
  }

  delete(selection: Selection): Frame | null {
    return this.#change("delete", selection, (row) => !row.deleted, { deleted: true });
  }

  snooze(ids: readonly number[]): Frame | null {
    return this.#change("snooze", { ids }, isActive, { snoozed: true });
  }

  /** What was snoozed arrives again, at the top. */
  wake(id: number): Frame | null {
    if (!this.rows.get(id)?.snoozed) return null;
    this.rev += 1;
    return this.#put(id, { snoozed: false, seq: this.rev, seen: false });
  }

  unread(id: number): Frame | null {
    const row = this.rows.get(id);
    if (!row?.read || row.archived || row.deleted) return null;
    this.rev += 1;
    return this.#put(id, { read: false });
  }

  unarchive(id: number): Frame | null {
    const row = this.rows.get(id);
    if (!row?.archived || row.deleted) return null;
    this.rev += 1;
    return this.#put(id, { archived: false });
  }

  look(upto: number): Frame | null {
    if (upto <= this.seen || upto > this.rev) return null;
    this.rev += 1;
    this.seen = upto;
    return this.#push({ seen: { upto } });
  }

  /** Carries out a command as the server does; null if it changes nothing. */
  carryOut(command: string, args: Selection): Frame | null {
    const id = args.ids?.[0] ?? 0;
    switch (command) {
      case "read":
        return this.read(args);
      case "unread":
        return this.unread(id);
      case "seen":
        return this.look(args.upto ?? 0);
      case "archive":
        return this.archive(args);
      case "unarchive":
        return this.unarchive(id);
      case "delete":
        return this.delete(args);
      default:
        return this.snooze(args.ids ?? []);
    }
  }

  sync(since: number | null): Frame {
    const { rev, seen, counters } = this;
    const happens = this.meanwhile;
    this.meanwhile = null;
    happens?.();
    const changed = [...this.rows.values()].filter((row) => row.rev > (since ?? 0));
    const numbers = { rev, ...counters, seen: { upto: seen } };
    if (since === null || since > rev || changed.length > SYNC_LIMIT) {
      return { ...this.page(null), ...numbers, reset: true };
    }
    const put = changed
      .map((row) => ({ ...row, seen: row.seq <= seen }))
      .sort((a, b) => a.rev - b.rev);
    return { ...numbers, from: since, put };
  }

  page(before: string | null, filter: Filter = {}): Frame {
    const below = before === null ? Number.POSITIVE_INFINITY : Number(before);
    if (filter.group !== undefined) return this.#pageOfGroup(below, filter.group);
    const rows = this.shown(filter)
      .filter((row) => row.seq < below)
      .map((row) => ({ ...row, seen: row.seq <= this.seen }));
    const put = rows.slice(0, PAGE);
    const next = rows.length > PAGE ? String(put.at(-1)?.seq) : null;
    return { rev: this.rev, put, next };
  }

  /** Looks at so many rows, however many of the group are among them. */
  #pageOfGroup(below: number, group: string): Frame {
    const looked = this.active.filter((row) => row.seq < below).slice(0, PAGE);
    const put = looked.filter((row) => row.group === group);
    return { rev: this.rev, put, next: looked.length < PAGE ? null : String(looked.at(-1)?.seq) };
  }

  #put(id: number, change: Partial<Item>): Frame {
    const row = { ...(this.rows.get(id) as Item), ...change, rev: this.rev };
    this.rows.set(id, row);
    return this.#push({ put: [{ ...row, seen: row.seq <= this.seen }] });
  }

  #change(
    command: "read" | "archive" | "delete" | "snooze",
    selection: Selection,
    concerns: (row: Item) => boolean,
    change: Partial<Item>,
  ): Frame | null {
    const upto = selection.upto ?? -1;
    const rows = [...this.rows.values()].filter(
      (row) => concerns(row) && (selection.ids?.includes(row.id) || row.seq <= upto),
    );
    if (rows.length === 0) return null;
    this.rev += 1;
    for (const row of rows) this.rows.set(row.id, { ...row, ...change, rev: this.rev });
    // Of ids, a push names only what has changed.
    const named = selection.ids ? { ids: rows.map((row) => row.id) } : selection;
    return this.#push({ [command]: named });
  }

  #push(change: Partial<Frame>): Frame {
    return { rev: this.rev, ...this.counters, ...change };
  }
}

/** Expects what is shown to be what the database holds, as far down as it is loaded. */
export function expectSame(
  view: Omit<View, "inbox" | "next"> & Partial<View>,
  database: Database,
): void {
  const bottom = view.bottom ?? Number.NEGATIVE_INFINITY;
  const rows = database.active.filter((row) => row.seq >= bottom);
  const brief = (items: readonly { id: number; seq: number; read: boolean; seen: boolean }[]) =>
    items.map(({ id, seq, read, seen }) => [id, seq, read, seen]);
  expect(view.rev).toBe(database.rev);
  expect(brief(view.items)).toEqual(brief(rows));
  expect({ unread: view.unread, unseen: view.unseen }).toEqual(database.counters);
}
