/** Items and frames for tests. */

import { vi } from "vitest";
import type { Frame, Item } from "../src/wire/protocol";

export function item(id: number, seq: number, more: Partial<Item> = {}): Item {
  return {
    id,
    seq,
    rev: seq,
    occurrences: 1,
    read: false,
    seen: false,
    archived: false,
    deleted: false,
    snoozed: false,
    key: "demo/hello",
    group: "",
    level: "info",
    message: `Message ${id}`,
    description: "",
    url: "",
    image: "",
    actor: null,
    verb: "",
    action_object: null,
    target: null,
    data: null,
    created: "2026-01-02T03:04:05.678Z",
    ...more,
  };
}

export function reset(rev: number, put: Item[], more: Partial<Frame> = {}): Frame {
  const unread = put.filter((one) => !one.read).length;
  return { rev, unread, unseen: unread, reset: true, put, next: null, seen: { upto: 0 }, ...more };
}

export function push(rev: number, put: Item[], more: Partial<Frame> = {}): Frame {
  return { rev, unread: put.length, unseen: put.length, put, ...more };
}

/** Lets every promise that can settle do so. Where there is a bell, it then draws a frame. */
export async function settled(): Promise<void> {
  await promisesSettled();
  if (!document.querySelector("notify-bell")) return;
  vi.advanceTimersToNextFrame();
  await promisesSettled();
}

async function promisesSettled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
