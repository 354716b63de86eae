import { describe, expect, it } from "vitest";
import { all, bell, click, find, greet, openPageForEachTest, server } from "./bell-page";
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

  it("keeps the focus on an item that moves to the top", async () => {
    await greet([item(2, 10), item(1, 9)]);
    click(".trigger");
    const button = find('[data-id="1"] .archive');
    button.focus();
    server().serverSends(push(11, [item(1, 11, { occurrences: 2 })]));
    await settled();
    expect(bell.shadowRoot?.activeElement).toBe(button);
  });
});
