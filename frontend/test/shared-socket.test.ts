// @vitest-environment node
import { beforeEach, describe, expect, it } from "vitest";
import { Browser, type Tab, type TabOptions } from "./browser";
import { Server } from "./server";

let server: Server;
let browser: Browser;

beforeEach(() => {
  server = new Server();
  browser = new Browser(server);
  server.browser = browser;
});

/** Opens tabs, and lets them connect. */
async function open(count: number, options: TabOptions = {}): Promise<Tab[]> {
  const tabs = Array.from({ length: count }, () => browser.open(options));
  await browser.run(100);
  return tabs;
}

function leader(): Tab {
  const [socket] = server.open;
  if (!socket) throw new Error("Nobody has a socket.");
  return socket.tab;
}

function followers(): Tab[] {
  return browser.tabs.filter((tab) => tab !== leader());
}

function revs(): (number | string)[] {
  return browser.tabs.map(({ client: { state } }) =>
    state.status === "open" ? (state.items[0]?.seq ?? 0) : state.status,
  );
}

describe("tabs of one inbox", () => {
  it("share one socket, over which each gets what is there and what arrives", async () => {
    server.notify();
    await open(3);
    expect(server.sockets.length).toBe(1);
    expect(revs()).toEqual([1, 1, 1]);
    server.notify();
    await browser.run(100);
    expect(revs()).toEqual([2, 2, 2]);
    expect(browser.tabs.map((tab) => tab.arrived)).toEqual([[2], [2], [2]]);
  });
});
