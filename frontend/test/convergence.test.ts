/** Whatever happens to the pushes, after one sync the view is the database. */

import { describe, it } from "vitest";
import { applyPage } from "../src/client/pages";
import { apply, EMPTY } from "../src/client/store";
import type { Frame } from "../src/wire/protocol";
import { act, dice } from "./chance";
import { Database, expectSame } from "./database";

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
