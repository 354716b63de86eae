/** A client without a socket: what it asks over HTTP, and when. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import { item, push, reset } from "./builders";
import {
  answerHttp,
  answers,
  calls,
  client,
  makeClientForEachTest,
  server,
} from "./connected-client";
import { FakeWebSocket } from "./fake-socket";

makeClientForEachTest();

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** What the waits of a client whose random number is always 1 are longer by. */
const JITTER = 1.2;

/** Lets this time pass with everything that happens in it. */
function pass(milliseconds: number): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(milliseconds);
}

/** Fails the connection or handshake under way, and those that follow. */
async function failHandshakes(times = 5): Promise<void> {
  for (let failed = 0; failed < times; failed += 1) {
    while (server().readyState === FakeWebSocket.CLOSED) await pass(100);
    server().serverCloses(1006);
  }
}

/** Answers that nothing is new, so often. */
function answerNothingNew(times: number): void {
  for (let time = 0; time < times; time += 1) {
    answers.push(() => new Response(null, { status: 304 }));
  }
}

function turn(visibility: "visible" | "hidden"): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(visibility === "hidden");
  document.dispatchEvent(new Event("visibilitychange"));
}

function asked(): string[] {
  return calls.map(({ url }) => url);
}

function greetAgain(): void {
  server().serverOpens();
  server().serverSends({ id: server().request("hello").id, ping: 25, ...reset(10, []) });
}

describe("a client that can have no socket", () => {
  beforeEach(async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    answerHttp(reset(10, [item(1, 10)], { inbox: "mine" }));
    client.connect();
    await failHandshakes();
    await pass(0);
  });

  it("asks over HTTP, and says so", () => {
    expect(asked()).toEqual(["/api/sync/?"]);
    expect(client.state).toMatchObject({ status: "polling", ready: true, unread: 1, stale: false });
  });

  it("asks sooner at first, then every minute, then ever more rarely while nothing is new", async () => {
    answerNothingNew(20);
    const waits: number[] = [];
    let last = Date.now();
    let count = calls.length;
    while (waits.length < 11) {
      await pass(SECOND);
      if (calls.length === count) continue;
      count = calls.length;
      waits.push(Math.round((Date.now() - last) / SECOND / JITTER));
      last = Date.now();
    }
    expect(waits).toEqual([15, 30, 60, 60, 60, 60, 60, 120, 240, 300, 300]);
  });

  it("shows what is new, and tells of it as of any arrival", async () => {
    const arrived = vi.fn();
    client.addEventListener("arrive", ({ detail }) => arrived(detail.items.map(({ id }) => id)));
    answerHttp(push(11, [item(2, 11)], { from: 10, unread: 2, inbox: "mine" }));
    await pass(15 * SECOND * JITTER);
    expect(asked().at(-1)).toBe("/api/sync/?since=10&inbox=mine");
    expect(client.state.unread).toBe(2);
    expect(arrived.mock.calls).toEqual([[[2]]]);
  });

  it("asks nothing while nobody can see the page, and at once when somebody looks again", async () => {
    turn("hidden");
    await pass(60 * MINUTE);
    expect(calls.length).toBe(1);
    answerNothingNew(1);
    turn("visible");
    await pass(0);
    expect(calls.length).toBe(2);
  });

  it("shows the ETag of the answer before, and is content with none that says the same", async () => {
    const etag = () => new Headers(calls.at(-1)?.init.headers).get("If-None-Match");
    const same = { rev: 10, unread: 1, unseen: 1, from: 10, put: [], inbox: "mine" };
    answers.push(() => new Response(JSON.stringify(same), { headers: { ETag: '"ten"' } }));
    await client.sync();
    expect(etag()).toBeNull();
    answerNothingNew(1);
    expect(await client.sync()).toEqual({ ok: true });
    expect(etag()).toBe('"ten"');
    expect(client.state).toMatchObject({ unread: 1, stale: false });
  });

  it("sends what another tab or an outage has left as soon as the server answers", async () => {
    const marked = () => asked().filter((url) => url === "/api/read/").length;
    void client.markRead([1]); // which cannot be sent, again and again
    await pass(10 * MINUTE);
    const tries = marked();
    answerNothingNew(1);
    answerHttp({ rev: 11, unread: 0, unseen: 0, read: { ids: [1] } });
    void client.sync();
    await pass(0);
    expect(marked()).toBe(tries + 1);
    expect(client.state).toMatchObject({ unread: 0, pending: 0 });
  });

  it("sends nothing sooner than the server has asked, though it answers questions", async () => {
    const error = { code: "rate_limited", message: "", temporary: true, retry: 900 };
    answerHttp({ error }, 429);
    void client.markRead([1]);
    await pass(SECOND);
    answerNothingNew(30);
    await pass(898 * SECOND);
    expect(asked().filter((url) => url === "/api/read/").length).toBe(1);
    answers.length = 0;
    answerHttp({ rev: 11, unread: 0, unseen: 0, read: { ids: [1] } });
    await pass(2 * SECOND);
    expect(client.state.pending).toBe(0);
  });

  it("asks a server in trouble rarely, and shows that something may be missing", async () => {
    answers.push(() => new Response("", { status: 502 }));
    await pass(15 * SECOND * JITTER);
    expect(client.state.stale).toBe(true);
    await pass(120 * SECOND * JITTER - 1);
    expect(calls.length).toBe(2);
    answerNothingNew(1);
    await pass(1);
    expect(calls.length).toBe(3);
    expect(client.state.stale).toBe(false);
  });

  it("waits as long as the server asks", async () => {
    const error = { code: "rate_limited", message: "", temporary: true, retry: 900 };
    answerHttp({ error }, 429);
    await pass(15 * SECOND * JITTER);
    await pass(900 * SECOND - 1);
    expect(calls.length).toBe(2);
    await pass(1);
    expect(calls.length).toBe(3);
  });

  it("tries a handshake every five minutes or so, and stays as it is meanwhile", async () => {
    answerNothingNew(20);
    const statuses: string[] = [];
    client.addEventListener("change", ({ detail }) => statuses.push(detail.status));
    await pass(6 * MINUTE);
    expect(FakeWebSocket.made.length).toBe(6);
    server().serverCloses(1006);
    await pass(6 * MINUTE);
    expect(FakeWebSocket.made.length).toBe(7);
    expect(statuses).toEqual([]);
  });

  it("tries one for somebody who looks again, but not for each look", async () => {
    answerNothingNew(20);
    await pass(30 * SECOND);
    for (let look = 0; look < 5; look += 1) {
      turn("hidden");
      turn("visible");
      await pass(SECOND);
    }
    expect(FakeWebSocket.made.length).toBe(5);
    await pass(30 * SECOND);
    expect(FakeWebSocket.made.length).toBe(6);
  });

  it("goes back to the socket when it works, and asks over HTTP no more", async () => {
    answerNothingNew(20);
    await pass(6 * MINUTE);
    const before = calls.length;
    greetAgain();
    expect(client.state.status).toBe("open");
    const socket = server();
    for (let beat = 0; beat < 16; beat += 1) {
      await pass(25 * SECOND);
      socket.serverSends({ rev: 10, beat: String(beat) });
    }
    expect(calls.length).toBe(before);
    expect(socket.sent.filter((text) => text.includes("sync"))).toEqual([]);
  });
});

describe("a client that had a socket", () => {
  it("keeps trying for minutes before it gives up, for the server may only be down", async () => {
    client.connect();
    greetAgain();
    await failHandshakes(20);
    expect(client.state.status).toBe("waiting");
    await failHandshakes(1);
    expect(client.state.status).toBe("polling");
  });
});

describe("a client that was turned away for good", () => {
  it("asks over HTTP, unless nobody is signed in", async () => {
    client.connect();
    server().serverOpens();
    server().serverCloses(4503);
    await pass(0);
    expect(calls.length).toBe(1);
    expect(client.state.status).toBe("closed");
  });

  it("asks nothing for somebody who is not signed in", async () => {
    client.connect();
    server().serverOpens();
    server().serverCloses(4501);
    await pass(60 * MINUTE);
    expect(calls.length).toBe(0);
  });
});
