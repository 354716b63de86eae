import { describe, expect, it, vi } from "vitest";
import { item, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import {
  all,
  arrive,
  click,
  equipped,
  find,
  open,
  openPageForEachTest,
  sent,
  titles,
} from "./toasts-page";

openPageForEachTest();

describe("a card", () => {
  it("shows what arrives, and nothing of what was there before", async () => {
    await open("", [item(1, 10, { message: "Old" })]);
    expect(titles()).toEqual([]);
    const actor = { text: "Maria", url: "", type: "user", id: "3" };
    await arrive({
      message: "<b>Deploy</b>",
      description: "All regions.",
      level: "success",
      actor,
    });
    expect(titles()).toEqual(["<b>Deploy</b>"]);
    expect(find(".item-description").textContent).toBe("All regions.");
    expect(find(".meta").textContent).toMatch(/^Success · Maria · \d+:\d\d/);
    expect(find(".toast").dataset.level).toBe("success");
  });

  it("goes after a while, but stays as long as nobody can have read it", async () => {
    await arrive({});
    vi.advanceTimersByTime(7_900);
    expect(titles().length).toBe(1);
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    vi.advanceTimersByTime(60_000);
    expect(titles().length).toBe(1);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    vi.advanceTimersByTime(7_900);
    expect(titles().length).toBe(1);
    vi.advanceTimersByTime(200);
    expect(titles()).toEqual([]);
  });

  it("stays for ever if it is an error, or the page says so", async () => {
    await arrive({ level: "error" }, { level: "warning" });
    vi.advanceTimersByTime(60_000);
    expect(all(".toast").map((toast) => toast.dataset.level)).toEqual(["error"]);
    await open('duration="0"');
    await arrive({});
    vi.advanceTimersByTime(3_600_000);
    expect(titles().length).toBe(1);
  });

  it("is one for each notification, also when that is repeated", async () => {
    await arrive({ id: 5, message: "Disk is full" });
    await arrive({ id: 5, message: "Disk is full", occurrences: 2 });
    expect(titles()).toEqual(["Disk is full"]);
  });

  it("goes when it is read, archived or looked at in another place", async () => {
    await arrive({ id: 1 }, { id: 2 }, { id: 3 });
    const server = FakeWebSocket.last();
    server.serverSends({ rev: 12, unread: 2, unseen: 3, read: { ids: [1] } });
    await settled();
    expect(titles().length).toBe(2);
    server.serverSends({ rev: 13, unread: 1, unseen: 2, archive: { ids: [2] } });
    await settled();
    expect(titles().length).toBe(1);
    server.serverSends({ rev: 14, unread: 1, unseen: 0, seen: { upto: 13 } });
    await settled();
    expect(titles()).toEqual([]);
  });

  it("leads where the row in the panel leads, and may be stopped by the page", async () => {
    const chosen = vi.fn((event: Event) => event.preventDefault());
    await arrive({ id: 4, url: "/posts/1/" });
    expect(find(".item-title").getAttribute("href")).toBe("/inbox/go/4/");
    document.addEventListener("notify-click", chosen, { once: true });
    const event = click(".item-title");
    expect(event.defaultPrevented).toBe(true);
    expect(chosen.mock.calls[0]?.[0]).toMatchObject({
      detail: { item: { id: 4 }, originalEvent: event },
    });
    await equipped();
    expect(sent("read")).toEqual({ ids: [4] });
    expect(titles()).toEqual([]);
  });

  it("links to nothing that could run as a script", async () => {
    await arrive({ url: "javascript:alert(1)" });
    expect(find(".item-title").hasAttribute("href")).toBe(false);
  });

  it("has a button that marks it read and one that only closes it", async () => {
    await arrive({ id: 6, message: "Tea" }, { id: 7, message: "Cake" });
    expect(all("button").map((one) => one.getAttribute("aria-label"))).toEqual([
      "Mark as read: Cake",
      "Close: Cake",
      "Mark as read: Tea",
      "Close: Tea",
    ]);
    click(".close");
    expect(titles()).toEqual(["Tea"]);
    click(".mark-read");
    expect(titles()).toEqual([]);
    await equipped();
    expect(sent("read")).toEqual({ ids: [6] });
  });
});
