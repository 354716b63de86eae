/** Lists beside the inbox show what the database holds, whatever becomes of the pushes. */

import { describe, expect, it } from "vitest";
import { FilteredList } from "../src/client/filtered-list";
import type { Filter } from "../src/client/filters";
import type { Operation } from "../src/client/operations";
import { applyPage } from "../src/client/pages";
import type { Answer } from "../src/client/requests";
import { apply, EMPTY, type View } from "../src/client/store";
import type { Frame } from "../src/wire/protocol";
import { item, push, reset, settled } from "./builders";
import { act, dice } from "./chance";
import { Database } from "./database";

/** A client with one list, whose requests for pages are answered when the test says so. */
class Reader {
  base: View = EMPTY;
  readonly list: FilteredList;
  readonly asked: { before: string | null; answer(frame: Frame): void }[] = [];
  isBehind = false;
  operations: Operation[] = [];

  constructor(filter: Filter, first: Frame) {
    this.base = apply(EMPTY, first).view;
    this.list = new FilteredList(filter, {
      view: () => this.base,
      operations: () => this.operations,
      page: (args, take) =>
        new Promise<Answer>((resolve) => {
          const answer = (frame: Frame) => {
            if (take(this.base, frame).outcome === "sync") this.isBehind = true;
            resolve({ ok: true, frame });
          };
          this.asked.push({ before: (args.before as string) ?? null, answer });
        }),
      close: () => {},
    });
  }

  get ids(): number[] {
    return this.list.items.map(({ id }) => id);
  }

  take(frame: Frame): void {
    const before = this.base;
    const { view, outcome } = apply(before, frame);
    this.base = view;
    this.list.follow(frame, before);
    if (outcome === "sync") this.isBehind = true;
  }
}

async function live(seed: number, filter: Filter): Promise<void> {
  const roll = dice(seed);
  const database = new Database();
  for (let count = 0; count < 12; count += 1) act(database, roll);
  const reader = new Reader(filter, database.sync(null));
  const { list } = reader;
  let wire: Frame[] = [];

  for (let step = 0; step < 120; step += 1) {
    const frame = act(database, roll);
    if (frame && roll(6)) wire.push(frame);
    if (roll(12) === 0) wire = wire.sort(() => roll(3) - 1);
    if (roll(25) === 0) wire = [];
    // A page is read some time before it arrives.
    const request = roll(2) ? reader.asked.shift() : undefined;
    const page = request && database.page(request.before, filter);
    while (wire.length > 0 && roll(4)) reader.take(wire.shift() as Frame);
    if (request && page) request.answer(page);
    if (roll(9) === 0 && list.hasMore) void list.loadMore();
    if (roll(15) === 0 && reader.base.next !== null) {
      reader.base = applyPage(reader.base, database.page(reader.base.next)).view;
    }
    if (reader.isBehind) wire.push(database.sync(reader.base.rev));
    reader.isBehind = false;
    await settled();
  }

  reader.take(database.sync(reader.base.rev));
  for (let turn = 0; turn < 60; turn += 1) {
    const request = reader.asked.shift();
    request?.answer(database.page(request.before, filter));
    await settled();
    if (list.hasMore) void list.loadMore();
  }
  expect(list.hasMore).toBe(false);
  const brief = (rows: readonly { id: number; seq: number; read: boolean }[]) =>
    rows.map(({ id, seq, read }) => [id, seq, read]);
  expect(brief(list.items)).toEqual(brief(database.shown(filter)));
}

describe("a list beside the inbox equals the database", () => {
  for (const filter of [{ archived: true }, { unread: true }, { group: "blog" }] as Filter[]) {
    it(`if it shows ${JSON.stringify(filter)}`, async () => {
      for (let seed = 1; seed <= 40; seed += 1) {
        try {
          await live(seed, filter);
        } catch (error) {
          throw new Error(`Seed ${seed} diverged.`, { cause: error });
        }
      }
    }, 60_000);
  }
});

describe("a list beside the inbox", () => {
  it("of unread items shows at once what the inbox holds of them", () => {
    const reader = new Reader(
      { unread: true },
      reset(10, [item(2, 10), item(1, 9, { read: true })]),
    );

    expect(reader.ids).toEqual([2]);
    expect(reader.asked).toEqual([]);
  });

  it("loses what is marked, and gains what arrives", () => {
    const reader = new Reader({ unread: true }, reset(10, [item(2, 10), item(1, 9)]));

    reader.take({ rev: 11, unread: 1, unseen: 0, read: { ids: [2] } });
    reader.take(push(12, [item(3, 12)]));

    expect(reader.ids).toEqual([3, 1]);
  });

  it("of the archive gains what is archived while its first page is under way", async () => {
    const reader = new Reader({ archived: true }, reset(10, [item(2, 10), item(1, 9)]));
    expect(reader.list.ready).toBe(false);

    reader.take({ rev: 11, unread: 1, unseen: 0, archive: { ids: [2] } });
    reader.asked[0]?.answer({ rev: 10, put: [item(7, 3, { archived: true })], next: null });
    await settled();

    expect(reader.ids).toEqual([2, 7]);
    expect(reader.list.items[0]?.archived).toBe(true);
  });

  it("asks again for what it cannot know", async () => {
    const reader = new Reader({ archived: true }, reset(10, [item(2, 10)], { next: "10" }));
    reader.asked.shift()?.answer({ rev: 10, put: [], next: null });
    await settled();

    reader.take({ rev: 11, unread: 1, unseen: 0, archive: { ids: [99] } });

    expect(reader.asked).toHaveLength(1);
  });

  it("goes on where pages of a group hold nothing of it", async () => {
    const reader = new Reader({ group: "blog" }, reset(10, [item(2, 10)], { next: "10" }));

    reader.asked.shift()?.answer({ rev: 10, put: [], next: "7" });
    await settled();
    expect(reader.asked[0]?.before).toBe("7");
    reader.asked.shift()?.answer({ rev: 10, put: [item(5, 6, { group: "blog" })], next: null });
    await settled();

    expect(reader.ids).toEqual([5]);
    expect(reader.list.hasMore).toBe(false);
  });

  it("shows at once what the server has not confirmed yet", () => {
    const reader = new Reader({ unread: true }, reset(10, [item(2, 10), item(1, 9)]));

    reader.operations = [{ key: "a", command: "read", args: { ids: [2] }, at: 0 }];
    expect(reader.ids).toEqual([1]);

    reader.operations = [];
    expect(reader.ids).toEqual([2, 1]);
  });

  it("shows nothing once another account has signed in", () => {
    const reader = new Reader({ unread: true }, reset(10, [item(1, 10)], { inbox: "ann" }));
    expect(reader.ids).toEqual([1]);

    reader.base = EMPTY;

    expect(reader.ids).toEqual([]);
    expect(reader.list.ready).toBe(false);
  });
});
