import { describe, expect, it } from "vitest";
import { type Operation, overlap, overlay } from "../src/client/operations";
import { applyPage } from "../src/client/pages";
import { apply, EMPTY, type View } from "../src/client/store";
import type { Args, Item } from "../src/wire/protocol";
import { item, reset } from "./builders";
import { dice } from "./chance";
import { Database } from "./database";

function view(items: Item[], more: object = {}): View {
  return apply(EMPTY, reset(10, items, more)).view;
}

function operation(command: string, args: Args, items: Item[] = []): Operation {
  return { key: command, command, args, at: 0, items } as Operation;
}

function shown(base: View, ...operations: Operation[]): View {
  return overlay(base, operations);
}

const three = [item(3, 9), item(2, 6), item(1, 3)];
/** Shows two items of five, of which four are unread and unseen. */
const window = view([item(5, 9), item(4, 7)], { unread: 4, unseen: 4, next: "7" });

describe("an operation", () => {
  it("changes the items it names, and the counters with them", () => {
    const { items, unread, unseen } = shown(view(three), operation("read", { ids: [2, 99] }));
    expect(items.map(({ id, read }) => [id, read])).toEqual([
      [3, false],
      [2, true],
      [1, false],
    ]);
    expect({ unread, unseen }).toEqual({ unread: 2, unseen: 2 });
  });

  it("leaves items as they are, the same objects, that it does not change", () => {
    const base = view(three);
    expect(shown(base, operation("read", { ids: [2] })).items[0]).toBe(base.items[0]);
    expect(shown(base, operation("unread", { upto: 10 })).items[1]).toBe(base.items[1]);
  });

  it("up to a rev leaves alone what has arrived since", () => {
    const { items, unread } = shown(view(three), operation("read", { upto: 8 }));
    expect(items.map(({ read }) => read)).toEqual([false, true, true]);
    expect(unread).toBe(1);
  });

  for (const command of ["archive", "delete", "snooze"]) {
    it(`takes away: ${command}`, () => {
      const { items, unread } = shown(view(three), operation(command, { ids: [3, 1] }));
      expect(items.map(({ id }) => id)).toEqual([2]);
      expect(unread).toBe(1);
    });
  }

  it("sees without reading", () => {
    const { items, unread, unseen } = shown(view(three), operation("seen", { upto: 6 }));
    expect(items.map(({ seen }) => seen)).toEqual([false, true, true]);
    expect({ unread, unseen }).toEqual({ unread: 3, unseen: 1 });
  });

  it("brings back what it knows, where it was", () => {
    const gone = operation("archive", { ids: [2] });
    const back = operation("unarchive", { ids: [2] }, [item(2, 6)]);
    expect(shown(view(three), gone, back).items.map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(shown(view(three), gone, back).unread).toBe(3);
    expect(shown(view(three), back)).toMatchObject({ unread: 3 });
  });

  it("changes nothing where the base includes it already", () => {
    for (const [command, args] of [
      ["read", { ids: [2] }],
      ["read", { upto: 8 }],
      ["unread", { ids: [2] }],
      ["seen", { upto: 8 }],
      ["archive", { ids: [2] }],
    ] as const) {
      const once = shown(view(three), operation(command, args));
      expect(shown(once, operation(command, args)), command).toEqual(once);
    }
  });

  it("shows nothing while there is no base", () => {
    expect(shown(EMPTY, operation("read", { upto: 9 }))).toBe(EMPTY);
  });

  it("matters to the order of others that concern the same items", () => {
    const read = operation("read", { ids: [1, 2] });
    expect(overlap(read, operation("unread", { ids: [2] }))).toBe(true);
    expect(overlap(read, operation("unread", { ids: [3] }))).toBe(false);
    expect(overlap(read, operation("read", { upto: 5 }))).toBe(true);
    expect(overlap(read, operation("seen", { upto: 5 }))).toBe(false);
  });
});

describe("what is not loaded", () => {
  it("stays counted when an operation names ids", () => {
    expect(shown(window, operation("read", { ids: [5, 1] }))).toMatchObject({ unread: 3 });
    expect(shown(window, operation("archive", { ids: [1, 2] }))).toMatchObject({ unread: 4 });
  });

  it("is concerned by all operations up to a rev that reach it", () => {
    expect(shown(window, operation("read", { upto: 10 }))).toMatchObject({ unread: 0, unseen: 0 });
    expect(shown(window, operation("read", { upto: 7 }))).toMatchObject({ unread: 1 });
    expect(shown(window, operation("seen", { upto: 7 }))).toMatchObject({ unread: 4, unseen: 1 });
    expect(shown(window, operation("archive", { upto: 7 }))).toMatchObject({
      unread: 1,
      bottom: null,
      next: null,
    });
  });

  it("is unknown where an operation reaches only a part of it", () => {
    expect(shown(window, operation("read", { upto: 5 }))).toMatchObject({ unread: 4, unseen: 4 });
  });

  it("never makes a counter negative", () => {
    const wrong = view([item(5, 9), item(4, 7)], { unread: 1, unseen: 0, next: "7" });
    const all = shown(wrong, operation("read", { ids: [5, 4] }), operation("seen", { upto: 9 }));
    expect(all).toMatchObject({ unread: 0, unseen: 0 });
  });
});

describe("the operations", () => {
  it("foretell what the server makes of them, as far as they concern what is loaded", () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const roll = dice(seed);
      const database = new Database();
      for (let count = 2 + roll(9); count > 0; count -= 1) database.notify();
      for (let count = roll(4); count > 0; count -= 1) database.read({ ids: [1 + roll(9)] });
      database.look(roll(database.rev));
      database.archive({ ids: [1 + roll(9)] });
      let base = apply(EMPTY, database.sync(null)).view;
      if (base.next && roll(2)) base = applyPage(base, database.page(base.next)).view;

      const command = ["read", "unread", "seen", "archive", "delete", "snooze"][roll(6)] ?? "";
      const ids = [base.items[roll(base.items.length)]?.id ?? 0];
      const lowest = (base.bottom ?? 1) - 1;
      const upto = lowest + roll(database.rev - lowest + 1);
      const mayNameAll = command === "read" || command === "archive" || command === "delete";
      const args = command === "seen" || (mayNameAll && roll(2)) ? { upto } : { ids };
      const foretold = overlay(base, [operation(command, args)]);
      const frame = database.carryOut(command, args);
      const view = frame ? apply(base, frame).view : base;
      const brief = ({ items, unread, unseen }: View) => ({
        items: items.map(({ id, read, seen }) => ({ id, read, seen })),
        unread,
        unseen,
      });
      expect(brief(foretold), `seed ${seed}: ${command}`).toEqual(brief(view));
    }
  });
});
