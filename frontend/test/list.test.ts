import { describe, expect, it, vi } from "vitest";
import { all, bell, click, find, greet, openPageForEachTest, reply, server } from "./bell-page";
import { item, push, settled } from "./builders";

openPageForEachTest();

describe("the list", () => {
  it("keeps its rows: a push moves and adds, and builds nothing anew", async () => {
    await greet([item(3, 10), item(2, 9), item(1, 8)]);
    click(".trigger");
    const [third, second, first] = all("li");
    server().serverSends(push(11, [item(1, 11, { occurrences: 2 })]));
    await settled();
    expect(all("li")).toEqual([first, third, second]);
    server().serverSends({ rev: 12, unread: 1, unseen: 1, archive: { ids: [3] } });
    await settled();
    expect(all("li")).toEqual([first, second]);
  });

  it("builds only as many rows as somebody looks at, and more as they go on", async () => {
    await greet(Array.from({ length: 100 }, (_, place) => item(100 - place, 100 - place)));
    click(".trigger");
    expect(all("li").length).toBe(30);
    for (const count of [60, 90, 100]) {
      expect(find(".load-more").hidden).toBe(false);
      click(".load-more");
      await settled();
      expect(all("li").length).toBe(count);
    }
    expect(find(".load-more").hidden).toBe(true);
    bell.hide();
    click(".trigger");
    expect(all("li").length).toBe(30);
  });

  it("lets rows go that were scrolled to, once somebody is back at the top", async () => {
    await greet(Array.from({ length: 100 }, (_, place) => item(100 - place, 100 - place)));
    click(".trigger");
    find(".scroller").scrollTop = 900;
    click(".load-more");
    await settled();
    expect(all("li").length).toBe(60);
    find(".scroller").scrollTop = 0;
    find(".scroller").dispatchEvent(new Event("scroll"));
    expect(all("li").length).toBe(30);
  });

  it("touches only the rows that a push concerns", async () => {
    await greet(Array.from({ length: 30 }, (_, place) => item(30 - place, 30 - place)));
    click(".trigger");
    const rows = new Set<Element | null>();
    const watcher = new MutationObserver((changes) => {
      for (const { target } of changes) rows.add((target as Element).closest("li"));
    });
    watcher.observe(find(".list"), { subtree: true, childList: true, attributes: true });
    server().serverSends({ rev: 11, unread: 29, unseen: 0, read: { ids: [7] } });
    await settled();
    expect(rows).toEqual(new Set([find('[data-id="7"]')]));
  });

  it("changes each row once when all are marked read, and none when that is confirmed", async () => {
    const items = Array.from({ length: 90 }, (_, place) => item(90 - place, 9 - place / 10));
    await greet(items, { unseen: 0, seen: { upto: 10 } });
    click(".trigger");
    for (const count of [60, 90]) {
      click(".load-more");
      await settled();
      expect(all("li").length).toBe(count);
    }
    const changed: (Element | null)[] = [];
    const watcher = new MutationObserver((changes) => {
      for (const { target, attributeName } of changes) {
        if (attributeName === "data-unread") changed.push(target as Element);
      }
    });
    watcher.observe(find(".list"), { subtree: true, childList: true, attributes: true });
    click(".mark-all");
    await settled();
    expect(changed).toEqual(all("li"));

    watcher.disconnect();
    const again = vi.fn();
    const everything = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver(again).observe(find(".list"), everything);
    await reply("read", { rev: 11, unread: 0, unseen: 0, read: { upto: 10 } });
    expect(bell.client?.state.pending).toBe(0);
    expect(again).not.toHaveBeenCalled();
  });

  it("draws of a row that is marked only what the mark changes", async () => {
    await greet(Array.from({ length: 30 }, (_, place) => item(30 - place, 9 - place / 10)));
    click(".trigger");
    const read = vi.spyOn(Date, "parse");
    click(".mark-all");
    await settled();
    expect(all("[data-unread]")).toEqual([]);
    // The list reads when its last item came. To read and write the times of each row takes longer
    // than all that a mark changes.
    expect(read.mock.calls.length).toBeLessThan(30);
    read.mockRestore();
  });

  it("has headings once it goes back further than one day", async () => {
    const headings = () => all(".day:not([hidden])").map((day) => day.textContent);
    await greet([item(5, 9), item(4, 8)]);
    click(".trigger");
    expect(headings()).toEqual([]);
    server().serverSends(
      push(11, [
        item(3, 3, { created: "2026-01-01T12:00:00Z" }),
        item(2, 2, { created: "2025-12-24T12:00:00Z" }),
        // Snoozed long ago, and back today.
        item(1, 11, { created: "2025-12-01T12:00:00Z" }),
      ]),
    );
    await settled();
    expect(headings()).toEqual(["today", "yesterday", "earlier"]);
    expect(all(".day").map((day) => day.closest("li")?.dataset.id)).toEqual(["1", "3", "2"]);
  });
});

describe("while somebody points at the list", () => {
  const ids = () => all("li").map((row) => Number(row.dataset.id));

  async function point(): Promise<void> {
    await greet([item(3, 10), item(2, 9), item(1, 8)]);
    click(".trigger");
    find("li").dispatchEvent(
      new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }),
    );
  }

  it("no row moves: what is new is held, and a button says how much", async () => {
    await point();
    server().serverSends(push(11, [item(4, 11)], { unread: 4 }));
    server().serverSends(push(12, [item(1, 12, { occurrences: 2 })], { unread: 4 }));
    server().serverSends(push(13, [item(5, 13)], { unread: 5 }));
    await settled();
    expect(ids()).toEqual([3, 2, 1]);
    expect(find(".new-items").textContent).toBe("2 new");
    expect(find(".badge").textContent).toBe("5");
    expect(find('[data-id="1"] .repeats').textContent).toBe("Latest of 2");
  });

  it("rows change and go at once", async () => {
    await point();
    server().serverSends({ rev: 11, unread: 2, unseen: 0, read: { ids: [1] } });
    server().serverSends({ rev: 12, unread: 1, unseen: 0, archive: { ids: [2] } });
    await settled();
    expect(ids()).toEqual([3, 1]);
    expect(find('[data-id="1"]').hasAttribute("data-unread")).toBe(false);
  });

  it("older rows still come", async () => {
    await greet([item(3, 10)], { next: "c10" });
    click(".trigger");
    find(".item-title").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    server().serverSends(push(11, [item(4, 11)]));
    click(".load-more");
    await reply("page", { rev: 11, put: [item(2, 5)], next: null });
    expect(ids()).toEqual([3, 2]);
    expect(find(".new-items").textContent).toBe("1 new");
  });

  it("the button shows what is new, and the focus goes there", async () => {
    await point();
    server().serverSends(push(11, [item(4, 11)]));
    await settled();
    click(".new-items");
    expect(ids()).toEqual([4, 3, 2, 1]);
    expect(find(".new-items").hidden).toBe(true);
    expect(bell.shadowRoot?.activeElement).toBe(find('[data-id="4"] .item-title'));
  });

  it("what was held is shown when the pointer leaves", async () => {
    await point();
    server().serverSends(push(11, [item(4, 11)]));
    await settled();
    find(".scroller").dispatchEvent(new PointerEvent("pointerleave"));
    expect(ids()).toEqual([4, 3, 2, 1]);
  });

  it("or when somebody scrolls to the top", async () => {
    await point();
    find(".scroller").scrollTop = 100;
    find(".scroller").dispatchEvent(new Event("scroll"));
    server().serverSends(push(11, [item(4, 11)]));
    await settled();
    find(".scroller").scrollTop = 0;
    find(".scroller").dispatchEvent(new Event("scroll"));
    expect(ids()).toEqual([4, 3, 2, 1]);
    server().serverSends(push(12, [item(5, 12)]));
    await settled();
    expect(ids()).toEqual([4, 3, 2, 1]);
  });

  it("nothing is held in a list that has been opened again", async () => {
    await point();
    server().serverSends(push(11, [item(4, 11)]));
    await settled();
    bell.hide();
    click(".trigger");
    expect(ids()).toEqual([4, 3, 2, 1]);
    expect(find(".new-items").hidden).toBe(true);
  });
});
