/** A client between a fake socket and a fake HTTP server; what its tests have in common. */

import { afterEach, beforeEach, vi } from "vitest";
import { NotifyClient } from "../src/client/client";
import { createActing } from "../src/client/inbox-acting";
import { queueName } from "../src/client/stored-queue";
import { ReconnectingSocket } from "../src/connection/socket";
import type { Frame } from "../src/wire/protocol";
import { item, reset } from "./builders";
import { FakeWebSocket } from "./fake-socket";

interface Call {
  url: string;
  init: RequestInit;
}

/** The name of the queue of its operations. */
export const QUEUE = queueName("/api/", "7");

/** The client of the test that is running. */
export let client: NotifyClient;
/** All clients of this test, that of the page before a reload too. */
let made: NotifyClient[] = [];
/** What it asked over HTTP. */
export let calls: Call[];
/** What it will be answered over HTTP, in this order; after the last the server is unreachable. */
export let answers: (() => Response)[];

/** Gives each test of a file a client of its own. */
export function makeClientForEachTest(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeWebSocket.made = [];
    localStorage.clear();
    calls = [];
    answers = [];
    vi.stubGlobal("WebSocket", FakeWebSocket);
    vi.spyOn(Math, "random").mockReturnValue(1);
    client = make();
  });

  afterEach(() => {
    for (const each of made) each.disconnect();
    made = [];
    vi.useRealTimers();
  });
}

/** Ends the page in the midst of everything, and begins the next. */
export function reload(): void {
  vi.clearAllTimers();
  client = make();
}

function make(): NotifyClient {
  // The ids of requests begin at random.
  vi.mocked(Math.random).mockReturnValueOnce(0);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer();
  });
  const client = new NotifyClient({
    transport: new ReconnectingSocket("/ws/"),
    http: { url: "/api/", csrf: () => "token" },
    loadActing: async () => createActing,
    queue: QUEUE,
    unread: 3,
  });
  client.equip(createActing);
  made.push(client);
  return client;
}

export function server(): FakeWebSocket {
  return FakeWebSocket.last();
}

/** Connects, and answers hello with this frame. */
export function greet(frame: Frame = reset(10, [item(1, 10)])): void {
  client.connect();
  server().serverOpens();
  server().serverSends({ id: server().request("hello").id, ping: 25, ...frame });
}

/** Answers the last request with this command. */
export function reply(command: string, frame: object): void {
  server().serverSends({ id: server().request(command).id, ...frame });
}

export function answerHttp(body: unknown, status = 200): void {
  answers.push(() => new Response(JSON.stringify(body), { status }));
}
