/** Whatever becomes of operations, pushes, answers and pages: in the end all show the database. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Receiving } from "../src/client/acting";
import { NotifyClient } from "../src/client/client";
import { createActing } from "../src/client/inbox-acting";
import { type Operation, overlay } from "../src/client/operations";
import { queueName } from "../src/client/stored-queue";
import { ReconnectingSocket } from "../src/connection/socket";
import { settled } from "./builders";
import { dice } from "./chance";
import { Database, expectSame } from "./database";
import { FakeServer } from "./fake-server";
import { FakeWebSocket } from "./fake-socket";

const QUEUE = queueName("/api/", "7");
const LATER = { code: "internal", message: "", temporary: true };
const NEVER = { code: "not_allowed", message: "", temporary: false };

type Roll = (sides: number) => number;

/** A browser in which somebody works, and the server far away. */
class World {
  readonly database = new Database();
  readonly server = new FakeServer(this.database);
  readonly roll: Roll;
  client!: NotifyClient;
  base!: Receiving;

  constructor(seed: number) {
    this.roll = dice(seed);
    vi.stubGlobal("WebSocket", FakeWebSocket);
    vi.stubGlobal("fetch", this.server.fetch);
    vi.spyOn(Math, "random").mockImplementation(() => this.roll(1000) / 1000);
    this.load();
  }

  load(): void {
    this.client = new NotifyClient({
      transport: new ReconnectingSocket("/ws/"),
      http: { url: "/api/", csrf: () => "token" },
      loadActing: async () => createActing,
      queue: QUEUE,
    });
    this.client.equip((receiving, http) => {
      this.base = receiving;
      return createActing(receiving, http);
    });
    this.client.connect();
  }

  /** Ends the page, with or without a word, and opens the next one. */
  reload(): void {
    const left = this.client;
    if (this.roll(2)) window.dispatchEvent(new PageTransitionEvent("pagehide"));
    vi.clearAllTimers();
    this.server.close();
    left.disconnect();
    vi.clearAllTimers();
    this.load();
  }

  /** Something that the person does here. */
  operate(): void {
    const { roll, client } = this;
    if (!client.state.ready) return;
    const ids = client.state.items.map(({ id }) => id);
    const id = ids[roll(ids.length)] ?? 1 + roll(9);
    const confirmed = () =>
      new Promise<boolean>((resolve) => setTimeout(() => resolve(roll(2) === 0), roll(9_000)));
    const verbs = [
      () => client.markRead([id, 1 + roll(9)]),
      () => client.markUnread([id]),
      () => client.archive([id]),
      () => client.unarchive([1 + roll(9)]),
      () => client.delete([id], roll(2) ? confirmed() : undefined),
      () => client.markAllRead(roll(2) ? confirmed() : undefined),
      () => client.markSeen(),
      () => client.snooze([id], "2099-01-01T00:00:00Z"),
    ];
    void verbs[roll(verbs.length)]?.();
  }

  /** Something that happens elsewhere: on another device, or at the server. */
  happen(): void {
    const { roll, database } = this;
    const id = 1 + roll(database.rows.size + 2);
    const frame = [
      () => database.notify(),
      () => database.notify(),
      () => database.repeat(id),
      () => database.read({ ids: [id] }),
      () => database.unread(id),
      () => database.archive({ ids: [id] }),
      () => database.unarchive(id),
      () => database.wake(id),
    ][roll(8)]?.();
    if (frame && roll(6)) this.server.push(frame);
  }

  step(): void {
    const { roll, server } = this;
    const socket = FakeWebSocket.made.at(-1);
    switch (roll(14)) {
      case 0:
      case 1:
      case 2:
        this.operate();
        break;
      case 3:
      case 4:
        this.happen();
        break;
      case 5:
        if (roll(2)) server.refusal = roll(2) ? LATER : NEVER;
        break;
      case 6:
        if (socket?.readyState === FakeWebSocket.CONNECTING) server.open(socket);
        break;
      case 7:
        if (roll(4) === 0) server.close();
        else server.beat();
        break;
      case 8:
        if (roll(4) === 0) this.reload();
        break;
      case 9:
        vi.advanceTimersByTime(roll(3_000));
        break;
      case 10:
        server.answerPost(roll(3), roll(3) > 0, roll(3) > 0);
        break;
      case 11:
        if (roll(3) === 0) void this.client.loadMore();
        break;
      default:
        for (let count = roll(4); count > 0; count -= 1)
          roll(2) ? server.readFrame() : server.sendFrame();
    }
  }

  /** Lets the server answer everything, without any more losses. */
  async end(): Promise<void> {
    const { server } = this;
    server.refusal = null;
    for (let turn = 0; turn < 200; turn += 1) {
      const socket = FakeWebSocket.made.at(-1);
      if (socket?.readyState === FakeWebSocket.CONNECTING) server.open(socket);
      server.answerPost(0, true, true);
      server.readFrame();
      server.sendFrame();
      if (turn % 20 === 19) server.beat();
      vi.advanceTimersByTime(500);
      await settled();
      if (server.idle && this.client.state.pending === 0 && turn > 60) return;
    }
  }

  /** Holds at every moment. */
  check(): void {
    const { state } = this.client;
    expect(Math.min(state.unread, state.unseen)).toBeGreaterThanOrEqual(0);
    const stored = JSON.parse(localStorage.getItem(QUEUE) ?? '{"operations":[]}');
    const operations = stored.operations as Operation[];
    // What was confirmed ahead of the base or has not been confirmed by the person is shown as well;
    // what is brought back is remembered here only.
    if (operations.length !== state.pending || !state.ready) return;
    if (operations.some(({ command }) => command === "unarchive")) return;
    const { items, unread, unseen } = overlay(this.base.view(), operations);
    expect({ items: state.items, unread: state.unread, unseen: state.unseen }).toEqual({
      items,
      unread,
      unseen,
    });
    checked += 1;
  }
}

let checked = 0;

async function live(seed: number): Promise<void> {
  FakeWebSocket.made = [];
  localStorage.clear();
  const world = new World(seed);
  for (let step = 0; step < 120; step += 1) {
    world.step();
    await settled();
    world.check();
  }
  await world.end();
  const { state } = world.client;
  expect(state.pending).toBe(0);
  expect(localStorage.getItem(QUEUE)).toBeNull();
  expectSame(world.base.view(), world.database);
  expectSame({ ...world.base.view(), ...state, next: null }, world.database);
  world.client.disconnect();
  vi.clearAllTimers();
}

describe("the pending operations", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("converge with the database, and show nothing but themselves over the base until then", async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      await live(seed).catch((error) => {
        throw new Error(`Seed ${seed} diverged: ${error}`, { cause: error });
      });
    }
    expect(checked).toBeGreaterThan(2_000);
  }, 60_000);
});
