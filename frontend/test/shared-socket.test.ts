// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import { Browser, type Tab, type TabOptions } from "./browser";
import { Server } from "./server";

let server: Server;
let browser: Browser;

beforeEach(() => {
  server = new Server();
  browser = new Browser(server);
});

/** Opens tabs, and lets them connect. */
async function open(count: number, options: TabOptions = {}): Promise<Tab[]> {
  const tabs = Array.from({ length: count }, () => browser.open(options));
  await browser.run(100);
  return tabs;
}

function leader(): Tab {
  const socket = server.open.at(-1);
  if (!socket) throw new Error("Nobody has a socket.");
  return socket.tab;
}

function followers(): Tab[] {
  return browser.tabs.filter((tab) => tab !== leader());
}

function seconds(count: number): Promise<void> {
  return browser.run(count * 1000);
}

/** Notifies while time passes. */
async function stream(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    server.notify();
    await browser.run(150);
  }
}

/** What must hold in the end: one socket, all up to date, and each item arrived once. */
function expectWhole(): void {
  const { active, counters, rows } = server.inbox("anna");
  const ids = active.map((row) => row.id);
  expect(server.open.length).toBe(1);
  for (const { client, arrived } of browser.tabs) {
    expect(client.state).toMatchObject({ status: "open", ...counters });
    expect(client.state.items.map((one) => one.id)).toEqual(
      ids.slice(0, client.state.items.length),
    );
    expect(arrived).toEqual(range(rows.size - arrived.length + 1, rows.size));
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

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

describe("another tab takes over", () => {
  const ends: Record<string, (tab: Tab) => void> = {
    "is closed or crashes": (tab) => tab.kill(),
    "is frozen": (tab) => tab.freeze(),
    "goes into the history cache": (tab) => tab.leave(),
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`at once when the leader ${what}, and misses nothing`, async () => {
      await open(3);
      await stream(2);
      const before = leader();
      end(before);
      await stream(3);
      expect(leader()).not.toBe(before);
      const rest = browser.tabs.filter((tab) => tab !== before);
      expect(rest.map((tab) => tab.arrived)).toEqual([range(1, 5), range(1, 5)]);
    });
  }

  it("when the leader is stuck, which then follows", async () => {
    await open(3);
    await stream(2);
    const before = leader();
    before.stuck = true;
    await stream(2);
    await seconds(13);
    expect(leader()).not.toBe(before);
    before.stuck = false;
    await stream(2);
    expect(leader()).not.toBe(before);
    expectWhole();
    expect(before.arrived).toEqual(range(1, 6));
  });

  it("only if somebody looks: hidden tabs leave a silent leader alone", async () => {
    await open(3);
    const before = leader();
    for (const tab of browser.tabs) tab.hide();
    before.stuck = true;
    await seconds(600);
    expect(leader()).toBe(before);
    followers()[0]?.show();
    await seconds(13);
    expect(leader()).not.toBe(before);
  });

  it("and no other, as long as the leader answers, be it hidden for hours", async () => {
    await open(3);
    leader().hide();
    await seconds(7200);
    expect(server.sockets.length).toBe(1);
    expectWhole();
  });

  it("when the page of the leader goes on to use another inbox", async () => {
    await open(2);
    leader().client.disconnect();
    await browser.run(100);
    expect(server.open.length).toBe(1);
    expect(followers()[0]?.client.state.status).toBe("idle");
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

describe("signing out", () => {
  it("ends all tabs at once, and none comes back by itself", async () => {
    await open(3);
    await stream(2);
    server.signOut();
    await seconds(3600);
    expect(server.sockets.length).toBe(1);
    for (const { client } of browser.tabs) {
      expect(client.state).toMatchObject({ status: "closed", signedOut: true, items: [] });
    }
  });

  it("is over for all tabs when somebody signs in in another", async () => {
    await open(3);
    server.signOut();
    await seconds(60);
    server.account = "anna";
    await open(1);
    await stream(1);
    expectWhole();
    expect(server.sockets.length).toBe(2);
  });

  it("is looked at again when somebody comes back to any tab", async () => {
    await open(2);
    server.signOut();
    await seconds(60);
    for (const tab of browser.tabs) tab.show();
    await seconds(1);
    expect(server.sockets.length).toBe(2);
    server.account = "anna";
    browser.tabs[1]?.show();
    await seconds(1);
    expectWhole();
  });
});

describe("another account in the same browser", () => {
  it("has a socket of its own, and tabs that come to it leave those of the former", async () => {
    server.inbox("bert").notify();
    const annas = await open(2);
    server.signOut();
    server.account = "bert";
    const [berts] = await open(1, { user: "9" });
    for (const tab of annas) tab.show();
    await seconds(1);
    expect(annas.map((tab) => tab.client.state.inbox)).toEqual(["bert", "bert"]);
    expect(server.open.length).toBe(2); // of the tab that is Bert's, and of those that were Anna's

    // Nobody has signed out: those sockets go on.
    server.account = "anna";
    const [again] = await open(1);
    expect(again?.client.state.inbox).toBe("anna");
    server.notify("bert");
    await seconds(1);
    expect(again?.arrived).toEqual([]);
    expect([berts, ...annas].map((tab) => tab?.arrived)).toEqual([[2], [2], [2]]);
  });
});

describe("who speaks", () => {
  const speaking = () => browser.tabs.map((tab) => tab.speaks);

  it("is the tab that was focused last, and one only", async () => {
    const [, second, third] = await open(3, { hidden: true });
    expect(speaking()).toEqual([true, false, false]);
    second?.show();
    await browser.run(10);
    expect(speaking()).toEqual([false, true, false]);
    third?.show();
    second?.show();
    await browser.run(10);
    expect(speaking()).toEqual([false, true, false]);
    second?.kill();
    await browser.run(10);
    expect(speaking().filter(Boolean)).toEqual([true]);
  });

  it("is somebody at every moment while a page loads beside another", async () => {
    const told: number[] = [];
    for (let wait = 0; wait < 60; wait += 1) {
      server = new Server();
      browser = new Browser(server);
      await open(1, { hidden: true });
      browser.open();
      await browser.run(wait);
      server.notify();
      await browser.run(100);
      told.push(browser.tabs.flatMap((tab) => tab.told).length);
    }
    expect(told).not.toContain(0);
    // While the word passes on, for as long as tabs take to hear of each other, two may have it.
    expect(told.filter((times) => times > 1).length).toBeLessThanOrEqual(1);
  });

  it("is the tab that somebody looks at, too, where all of them have to ask", async () => {
    class WebSocket {
      constructor() {
        throw new DOMException("no", "SecurityError");
      }
    }
    await open(1, { hidden: true, globals: { WebSocket } });
    await open(1, { globals: { WebSocket } });
    await seconds(120);
    expect(browser.tabs.map((tab) => tab.client.state.status)).toEqual(["polling", "polling"]);
    expect(speaking()).toEqual([false, true]);
  });

  it("is the only one as soon as it can be told anything", async () => {
    const told: number[][] = [];
    for (let wait = 0; wait < 60; wait += 1) {
      server = new Server();
      browser = new Browser(server);
      const tab = browser.open();
      await browser.run(wait);
      server.notify();
      await browser.run(100);
      told.push([tab.arrived.length, tab.told.length]);
    }
    expect(told.filter(([arrived, spoken]) => arrived !== spoken)).toEqual([]);
  });

  it("tells its client", async () => {
    const [first, second] = await open(2, { hidden: true });
    const told: boolean[] = [];
    for (const tab of [first, second]) {
      tab?.client.addEventListener("change", ({ detail }) => told.push(detail.speaks));
    }
    second?.show();
    await browser.run(10);
    expect(told).toEqual([false, true]);
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
