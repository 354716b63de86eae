import { describe, expect, it, vi } from "vitest";
import { item, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { arrive, continueFrom, find, open, openPageForEachTest, titles } from "./toasts-page";

openPageForEachTest();

describe("many of them", () => {
  it("are a few cards and a number", async () => {
    for (let count = 0; count < 7; count += 1) await arrive({});
    expect(titles()).toEqual(["At 17", "At 16", "At 15", "4 more"]);
    vi.advanceTimersByTime(9_000);
    expect(titles()).toEqual([]);
  });

  it("keep errors on the screen before all else", async () => {
    await open('max="2"');
    await arrive({ level: "error", message: "No answer" });
    for (let count = 0; count < 4; count += 1) await arrive({});
    expect(titles()).toEqual(["At 15", "No answer", "3 more"]);
  });

  it("are counted down as they are read elsewhere", async () => {
    await open('max="1"');
    for (const id of [1, 2, 3]) await arrive({ id });
    expect(titles()).toEqual(["At 13", "2 more"]);
    FakeWebSocket.last().serverSends({ rev: 14, unread: 2, unseen: 2, read: { ids: [1] } });
    await settled();
    expect(titles()).toEqual(["At 13", "1 more"]);
  });

  it("are one card if they arrived during a long absence", async () => {
    FakeWebSocket.last().serverCloses(1006);
    vi.setSystemTime(Date.now() + 120_000);
    vi.advanceTimersByTime(1_500);
    const server = FakeWebSocket.last();
    server.serverOpens();
    const put = [item(1, 11), item(2, 12)];
    const { id } = server.request("hello");
    server.serverSends({ id, rev: 12, from: 10, unread: 2, unseen: 2, put, ping: 0 });
    await settled();
    expect(titles()).toEqual(["2 new notifications while you were away"]);
    expect(find(".item-title").getAttribute("href")).toBe("/inbox/");
    continueFrom(12);
    vi.advanceTimersByTime(3_000);
    await arrive({ message: "Now" });
    expect(titles()[0]).toBe("Now");
  });
});
