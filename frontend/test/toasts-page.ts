/** A page with toasts, its server being a fake socket; what their tests have in common. */

import { afterEach, beforeEach, vi } from "vitest";
import type { NotifyToastsElement } from "../src/toasts/notify-toasts-element-define";
import type { Item } from "../src/wire/protocol";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

/** The toasts of the test that is running. */
export let toasts: NotifyToastsElement;
let rev = 10;

/** Gives each test of a file a page of its own, at six past three. */
export function openPageForEachTest(): void {
  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeWebSocket);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    vi.setSystemTime(new Date("2026-01-02T03:09:06Z"));
    installPopover();
    await import("../src/toasts/notify-toasts-element-define");
    FakeWebSocket.made = [];
    rev = 10;
    await open();
  });

  afterEach(async () => {
    document.body.innerHTML = "";
    await settled();
    vi.useRealTimers();
  });
}

/** Opens a page whose inbox is known. */
export async function open(attributes = "", items: Item[] = []): Promise<void> {
  document.body.innerHTML = "";
  await settled();
  document.body.innerHTML =
    '<notify-toasts ws-url="/ws/" api-url="/api/" inbox-url="/inbox/" user="7" lang="en" ' +
    'bell-url="/src/bell/notify-bell-element-define.ts" panel-url="/src/panel/notify-panel.ts" ' +
    `${attributes}></notify-toasts>`;
  toasts = document.querySelector("notify-toasts") as NotifyToastsElement;
  await vi.dynamicImportSettled();
  await settled();
  await greet(items);
}

export async function greet(items: Item[] = []): Promise<void> {
  const server = FakeWebSocket.last();
  server.serverOpens();
  server.serverSends({ id: server.request("hello").id, ping: 0, ...reset(rev, items) });
  await settled();
}

/** Says which rev the inbox has reached, where a test has sent frames of its own. */
export function continueFrom(reached: number): void {
  rev = reached;
}

/** Sends items that arrive at once. */
export async function arrive(...items: Partial<Item>[]): Promise<void> {
  rev += 1;
  const put = items.map((more, at) => item(rev * 100 + at, rev, { message: `At ${rev}`, ...more }));
  FakeWebSocket.last().serverSends(push(rev, put));
  await settled();
}

export function all(selector: string): HTMLElement[] {
  return [...(toasts.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])];
}

export function titles(): (string | null)[] {
  return all(".item-title").map((title) => title.textContent);
}

export function find(selector: string): HTMLElement {
  const [found] = all(selector);
  if (!found) throw new Error(`There is no ${selector} among the toasts.`);
  return found;
}

export function click(selector: string): MouseEvent {
  const event = new MouseEvent("click", { bubbles: true, composed: true, cancelable: true });
  find(selector).dispatchEvent(event);
  return event;
}

/** Lets the part of the client that acts arrive. */
export async function equipped(): Promise<void> {
  await vi.dynamicImportSettled();
  await settled();
}

export function sent(command: string): unknown {
  return FakeWebSocket.last().request(command).args;
}
