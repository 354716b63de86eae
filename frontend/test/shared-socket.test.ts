// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { TabOptions } from "./browser";
import {
  browser,
  expectWhole,
  followers,
  leader,
  open,
  seconds,
  server,
  startForEachTest,
  stream,
} from "./shared-tabs";

startForEachTest();

describe("tabs of one inbox", () => {
  it("share one socket, over which each gets what is there and what arrives", async () => {
    server.notify();
    await open(3);
    server.notify();
    await browser.run(100);
    expect(server.sockets.length).toBe(1);
    expect(browser.tabs.map((tab) => tab.client.state.items.length)).toEqual([2, 2, 2]);
    expect(browser.tabs.map((tab) => tab.arrived)).toEqual([[2], [2], [2]]);
  });

  it("say hello once, and answer each heartbeat once", async () => {
    await open(3);
    server.beat("one");
    server.beat("two");
    await browser.run(100);
    expect(server.commands).toEqual(["hello", "sync", "sync"]);
    expect(server.open[0]?.answered).toEqual(["one", "two"]);
  });

  it("each show what one of them has changed", async () => {
    await open(3);
    await stream(4);
    const [one, two] = followers();
    await Promise.all([one?.client.archive([2]), browser.run(100)]);
    await Promise.all([leader().client.markRead([3]), browser.run(100)]);
    expectWhole();
    for (const tab of browser.tabs) {
      const { items } = tab.client.state;
      expect(items.map(({ id, read }) => [id, read])).toEqual([
        [4, false],
        [3, true],
        [1, false],
      ]);
    }
    expect(two?.client.state.unread).toBe(2);
  });

  it("load pages of their own: a reply to one tab is no list of another", async () => {
    await stream(9);
    await open(2);
    const [follower] = followers();
    await Promise.all([follower?.client.loadMore(), browser.run(100)]);
    expect(follower?.client.state.items.length).toBe(6);
    expect(leader().client.state.items.length).toBe(3);
    await open(1); // which is greeted with a list of its own
    expect(follower?.client.state.items.length).toBe(6);
  });

  it("hear of errors that are theirs", async () => {
    const tabs = await open(2);
    const errors: string[] = [];
    for (const tab of tabs) {
      tab.client.addEventListener("error", ({ detail }) => errors.push(detail.code));
    }
    server.fail.add("archive");
    const [follower] = followers();
    const [result] = await Promise.all([follower?.client.archive([1]), browser.run(100)]);
    expect(result?.error?.code).toBe("not_allowed");
    expect(errors).toEqual([]);
  });

  it("show the state of the one connection", async () => {
    await open(2);
    server.open[0]?.sendAway(4001, [60, 60]);
    await browser.run(100);
    expect(browser.tabs.map((tab) => tab.client.state.status)).toEqual(["waiting", "waiting"]);
    await seconds(61);
    expectWhole();
    expect(server.sockets.length).toBe(2);
  });

  it("get a ticket for each connection, not for each tab", async () => {
    let tickets = 0;
    const ticket = async () => `ticket ${++tickets}`;
    await open(3, { address: { ticket } });
    expect(server.tickets).toEqual(["ticket 1"]);
    leader().kill();
    await seconds(1);
    expect(server.tickets).toEqual(["ticket 1", "ticket 2"]);
    expectWhole();
  });
});

describe("a tab that is put away", () => {
  for (const [away, back] of [
    ["freeze", "resume"],
    ["leave", "comeBack"],
  ] as const) {
    it(`(${away}) has no part in anything until it is back, and then has missed nothing`, async () => {
      await open(3);
      await stream(1);
      for (const tab of [leader(), ...followers()]) {
        tab[away]();
        await browser.run(100);
        expect(browser.locks.knows(tab)).toBe(false);
        expect([...browser.channels].some((channel) => channel.tab === tab)).toBe(false);
        expect(server.open.some((socket) => socket.tab === tab)).toBe(false);
        await stream(2);
        tab[back]();
        await browser.run(100);
        expectWhole();
      }
      expect(browser.tabs.map((tab) => tab.arrived.length)).toEqual([7, 7, 7]);
    });
  }
});

describe("a connection that is of no use", () => {
  it("is found by whoever asks for something, if the server does not hear it", async () => {
    await open(2);
    const [socket] = server.open;
    await seconds(20);
    if (socket) socket.broken = true;
    const [follower] = followers();
    const marked = follower?.client.markRead([1]);
    await seconds(22);
    expect(server.open).not.toContain(socket);
    // When there is another connection is up to chance.
    await Promise.all([marked, seconds(60)]);
    await stream(1);
    expectWhole();
  });

  it("is found when somebody comes back to another tab than the leader", async () => {
    await open(2);
    for (const tab of browser.tabs) tab.hide();
    const [socket] = server.open;
    await seconds(20);
    if (socket) socket.broken = true;
    followers()[0]?.show();
    await seconds(12);
    expect(server.open).not.toContain(socket);
  });

  it("is one follower's matter, as long as the others hear from the server", async () => {
    await stream(9);
    await open(3);
    const [follower, other] = followers();
    server.ignored.add("page");
    const asked = follower?.client.loadMore();
    await seconds(9);
    server.beat("still here");
    await seconds(2);
    expect((await asked)?.error?.code).toBe("timeout");
    expect(server.sockets.length).toBe(1);
    expect(other?.client.state.status).toBe("open");
    await seconds(2);
    expectWhole();
  });

  it("waits as the server says, and comes back when others have gone", async () => {
    server.limit = 0;
    await open(2);
    expect(browser.tabs.map((tab) => tab.client.state.status)).toEqual(["waiting", "waiting"]);
    server.limit = 50;
    for (const tab of browser.tabs) tab.show();
    await seconds(29);
    expect(server.sockets.length).toBe(1);
    await seconds(92);
    expectWhole();
  });
});

describe("tabs that cannot share", () => {
  const edit = (code: string) => code.replaceAll("realtime-notify/", "realtime-notify/another ");

  it("because their script is older or newer, share among themselves", async () => {
    await open(2);
    await open(2, { edit });
    await stream(1);
    expect(server.open.length).toBe(2);
    expect(browser.tabs.map((tab) => tab.arrived)).toEqual([[1], [1], [1], [1]]);
  });

  const alone: Record<string, TabOptions> = {
    "because there are no locks": { globals: { navigator: { onLine: true } } },
    "because locks are refused": {
      globals: {
        navigator: {
          onLine: true,
          locks: { request: () => Promise.reject(new DOMException("no", "SecurityError")) },
        },
        BroadcastChannel: class {
          postMessage(): void {}
          close(): void {}
        },
      },
    },
    "because channels are refused": {
      globals: {
        BroadcastChannel: class {
          constructor() {
            throw new DOMException("no", "SecurityError");
          }
        },
      },
    },
    "because nobody says whose inbox they show": { user: "" },
  };
  for (const [why, options] of Object.entries(alone)) {
    it(`${why}, connect each by itself`, async () => {
      await open(2, options);
      await stream(1);
      expect(server.open.length).toBe(2);
      expect(browser.tabs.map((tab) => tab.arrived)).toEqual([[1], [1]]);
      expect(browser.tabs.map((tab) => tab.speaks)).toEqual([true, true]);
    });
  }
});

describe("many tabs", () => {
  it("do not all ask at once when the connection is there again", async () => {
    await open(1);
    await open(49, { hidden: true });
    await seconds(10);
    server.commands.length = 0;
    leader().kill();
    await browser.run(400);
    expect(server.commands.length).toBeLessThan(20);
    await seconds(5);
    expectWhole();
  });
});
