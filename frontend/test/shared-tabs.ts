/** A browser with tabs that share an inbox, and its server; what the tests of sharing have in common. */

import { beforeEach, expect } from "vitest";
import { Browser, type Tab, type TabOptions } from "./browser";
import { Server } from "./server";

/** Those of the test that is running. */
export let server: Server;
export let browser: Browser;

/** Begins anew, with a browser that has no tabs. */
export function start(): void {
  server = new Server();
  browser = new Browser(server);
}

export function startForEachTest(): void {
  beforeEach(start);
}

/** Opens tabs, and lets them connect. */
export async function open(count: number, options: TabOptions = {}): Promise<Tab[]> {
  const tabs = Array.from({ length: count }, () => browser.open(options));
  await browser.run(100);
  return tabs;
}

export function leader(): Tab {
  const socket = server.open.at(-1);
  if (!socket) throw new Error("Nobody has a socket.");
  return socket.tab;
}

export function followers(): Tab[] {
  return browser.tabs.filter((tab) => tab !== leader());
}

export function seconds(count: number): Promise<void> {
  return browser.run(count * 1000);
}

/** Notifies while time passes. */
export async function stream(count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    server.notify();
    await browser.run(150);
  }
}

/** What must hold in the end: one socket, all up to date, and each item arrived once. */
export function expectWhole(): void {
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

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
