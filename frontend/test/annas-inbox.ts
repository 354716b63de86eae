/** Anna's inbox of three items; what the tests of operations that wait have in common. */

import { vi } from "vitest";
import type { ClientState } from "../src/client/state";
import { item, reset } from "./builders";
import { client, QUEUE, server } from "./connected-client";

export const ANNA = { inbox: "anna" };
export const NO = { error: { code: "not_allowed", message: "No.", temporary: false } };

/** The first page that the server sends. */
export function annas(more: object = {}) {
  return reset(10, [item(3, 10), item(2, 9), item(1, 8)], { ...ANNA, ...more });
}

/** Her list in short: ids, those of unread items with a star, and the count. */
export function shown(state: ClientState = client.state): string {
  const items = state.items.map(({ id, read }) => `${id}${read ? "" : "*"}`).join(" ");
  return `${items} (${state.unread})`;
}

/** What the list looked like after each change from here on. */
export function watch(): string[] {
  const seen: string[] = [];
  client.addEventListener("change", ({ detail }) => seen.push(shown(detail)));
  return seen;
}

/** Lets the client have its next connection. */
export function come(): void {
  vi.advanceTimersByTime(500);
  server().serverOpens();
}

/** What waits in the storage. */
export function stored(): { operations: Record<string, unknown>[] } | null {
  return JSON.parse(localStorage.getItem(QUEUE) ?? "null");
}
