/** The store and the Python reference view read the same specimens, so they cannot drift. */

import { describe, expect, it } from "vitest";
import { applyPage } from "../src/client/pages";
import { apply, EMPTY, type View } from "../src/client/store";
import type { Frame } from "../src/wire/protocol";

interface Shown {
  rev: number | null;
  unread: number;
  unseen: number;
  items: [number, number, boolean, boolean, number][];
  next: string | null;
  inbox: string | null;
}

interface Specimen {
  name: string;
  steps: { frame?: Frame; page?: Frame; outcome: string; view?: Shown }[];
  view: Shown;
}

const files = import.meta.glob<Specimen>(
  "../../realtime_notify/testing/conformance/specimens/*.json",
  {
    eager: true,
    import: "default",
  },
);

function shown({ rev, unread, unseen, items, next, inbox }: View): Shown {
  return {
    rev,
    unread,
    unseen,
    items: items.map((item) => [item.id, item.seq, item.read, item.seen, item.occurrences]),
    next,
    inbox,
  };
}

describe("the specimens of the protocol", () => {
  it("are there", () => {
    expect(Object.keys(files).length).toBeGreaterThan(10);
  });

  for (const [path, { name, steps, view: last }] of Object.entries(files)) {
    it(`${path.split("/").at(-1)}: ${name}`, () => {
      let view = EMPTY;
      for (const [number, step] of steps.entries()) {
        const taken = step.page ? applyPage(view, step.page) : apply(view, step.frame as Frame);
        view = taken.view;
        expect(taken.outcome, `outcome of step ${number}`).toBe(step.outcome);
        if (step.view) expect(shown(view), `view after step ${number}`).toEqual(step.view);
      }
      expect(shown(view)).toEqual(last);
    });
  }
});
