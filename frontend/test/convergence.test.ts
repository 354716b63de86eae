/** Whatever happens to the pushes, after one sync the view is the database. */

import { describe, it } from "vitest";
import { apply, applyPage, EMPTY } from "../src/client/store";
import type { Frame } from "../src/wire/protocol";
import { Database, expectSame } from "./database";
import { dice } from "./dice";

function act(database: Database, roll: (sides: number) => number): Frame | null {
  const id = 1 + roll(database.rows.size + 2);
  const some = roll(3) ? { ids: [id, 1 + roll(9), 999] } : { upto: roll(database.rev + 1) };
  switch (roll(12)) {
    case 0:
    case 1:
    case 2:
      return database.notify();
    case 3:
      return database.repeat(id);
    case 4:
      return database.read(some);
    case 5:
      return database.unread(id);
    case 6:
      return database.look(roll(database.rev + 1));
    case 7:
      return roll(2) ? database.archive(some) : null;
    case 8:
      return database.unarchive(id);
    case 9:
      return database.snooze([id, 1 + roll(9)]);
    case 10:
      return database.wake(id);
    default:
      return roll(3) ? null : database.delete(some);
  }
}

function live(seed: number): void {
  const roll = dice(seed);
  const database = new Database();
  let view = EMPTY;
  let wire: Frame[] = [database.sync(null)];
  let page: { before: string; frame: Frame } | null = null;

  for (let step = 0; step < 120; step += 1) {
    const frame = act(database, roll);
    if (frame && roll(5)) wire.push(frame);
    if (frame && roll(8) === 0) wire.push(frame, { rev: database.rev });
    if (roll(9) === 0) wire = wire.sort(() => roll(3) - 1);
    if (roll(25) === 0) wire = [];

    // A page is under way for a while; the client drops it if its cursor is no longer the end.
    if (page && roll(2)) {
      if (page.before === view.next) {
        const taken = applyPage(view, page.frame);
        view = taken.view;
        if (taken.outcome === "sync") wire.push(database.sync(view.rev));
      }
      page = null;
    } else if (!page && view.next !== null && roll(3) === 0) {
      page = { before: view.next, frame: database.page(view.next) };
    }
    while (wire.length > 0 && roll(3)) {
      const taken = apply(view, wire.shift() as Frame);
      view = taken.view;
      if (taken.outcome === "sync") wire.push(database.sync(view.rev));
    }
    if (view.rev === database.rev) expectSame(view, database);
  }

  view = apply(view, database.sync(view.rev)).view;
  expectSame(view, database);
}

describe("the store", () => {
  it("equals the database whenever it is at its rev, whatever became of the pushes", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      try {
        live(seed);
      } catch (error) {
        throw new Error(`Seed ${seed} diverged.`, { cause: error });
      }
    }
  }, 60_000);
});
