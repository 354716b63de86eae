/** A page with one bell, its server being a fake socket; what its tests have in common. */

import { afterEach, beforeEach, vi } from "vitest";
import type { NotifyBellElement } from "../src/bell/notify-bell-element-define";
import type { Frame, Item } from "../src/wire/protocol";
import { item, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

const MARKUP =
  '<notify-bell ws-url="/ws/" api-url="/api/" inbox-url="/inbox/" user="7" unread="3" ' +
  'panel-url="/src/panel/notify-panel.ts">' +
  '<a href="/inbox/">Notifications (3)</a></notify-bell>';

/** The bell of the test that is running. */
export let bell: NotifyBellElement;

/** Gives each test of a file a page of its own, at six past three. */
export function openPageForEachTest(): void {
  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeWebSocket);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    vi.setSystemTime(new Date("2026-01-02T03:09:06Z"));
    installPopover();
    await import("../src/bell/notify-bell-element-define");
    FakeWebSocket.made = [];
    document.body.innerHTML = MARKUP;
    bell = document.querySelector("notify-bell") as NotifyBellElement;
    // As when the pointer comes near.
    find(".trigger").dispatchEvent(new Event("pointerenter"));
    await vi.dynamicImportSettled();
    await settled();
  });

  afterEach(async () => {
    getSelection()?.removeAllRanges();
    document.body.innerHTML = "";
    await settled();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
}

export function find<T extends HTMLElement = HTMLElement>(selector: string): T {
  const found = bell.shadowRoot?.querySelector<T>(selector);
  if (!found) throw new Error(`There is no ${selector} in the bell.`);
  return found;
}

export function all(selector: string): HTMLElement[] {
  return [...(bell.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])];
}

export function server(): FakeWebSocket {
  return FakeWebSocket.last();
}

/** Opens the connection and answers hello with these items. */
export async function greet(
  items: Item[] = [item(1, 10)],
  more: Partial<Frame> = {},
): Promise<void> {
  server().serverOpens();
  const { id } = server().request("hello");
  server().serverSends({ id, ping: 25, ...reset(10, items, more) });
  await settled();
}

/** Answers the last request with this command. */
export async function reply(command: string, frame: object): Promise<void> {
  server().serverSends({ id: server().request(command).id, ...frame });
  await settled();
}

/** A click; one made by the keyboard has no pointer, and therefore no detail. */
export function click(selector: string, init: MouseEventInit = {}): MouseEvent {
  const event = new MouseEvent("click", {
    bubbles: true,
    composed: true,
    cancelable: true,
    detail: 1,
    ...init,
  });
  find(selector).dispatchEvent(event);
  return event;
}

/** Presses a key where the focus is. */
export function press(key: string, init: KeyboardEventInit = {}): void {
  bell.shadowRoot?.activeElement?.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
  );
}
