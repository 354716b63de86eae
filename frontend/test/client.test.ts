import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NotifyClient } from "../src/client";
import { csrfToken, HttpApi } from "../src/http";
import type { Frame } from "../src/protocol";
import { ReconnectingSocket } from "../src/socket";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";

interface Call {
  url: string;
  init: RequestInit;
}

let calls: Call[];
let answers: (() => Response)[];
let client: NotifyClient;

function server(): FakeWebSocket {
  return FakeWebSocket.last();
}

function make(): NotifyClient {
  const random = () => 1;
  const fetch = async (url: RequestInfo | URL, init: RequestInit = {}) => {
    calls.push({ url: String(url), init });
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer();
  };
  return new NotifyClient({
    transport: new ReconnectingSocket({ url: "/ws/", WebSocket: FakeWebSocket, random }),
    http: new HttpApi({ url: "/api/", fetch, csrf: () => "token" }),
    unread: 3,
    random,
  });
}

/** Connects and is greeted with this frame. */
function greet(frame: Frame = reset(10, [item(1, 10)])): void {
  client.connect();
  server().serverOpens();
  server().serverSends({ id: server().request("hello").id, ping: 25, ...frame });
}

function reply(verb: string, frame: object): void {
  server().serverSends({ id: server().request(verb).id, ...frame });
}

function answerHttp(body: unknown, status = 200): void {
  answers.push(() => new Response(JSON.stringify(body), { status }));
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  calls = [];
  answers = [];
  client = make();
});

afterEach(() => {
  client.disconnect();
  vi.useRealTimers();
});

describe("at first", () => {
  it("shows what the page already knew until the first answer", () => {
    expect(client.state).toMatchObject({ status: "idle", ready: false, unread: 3, items: [] });
    greet();
    expect(client.state).toMatchObject({ status: "open", ready: true, unread: 1 });
  });

  it("says hello without since, and is open only when that is answered", () => {
    client.connect();
    server().serverOpens();
    expect(server().frames).toEqual([{ id: 1, hello: {} }]);
    expect(client.state.status).toBe("connecting");
  });

  it("announces nothing of what was there at first sight", () => {
    const arrived = vi.fn();
    client.addEventListener("arrive", arrived);
    greet();
    expect(arrived).not.toHaveBeenCalled();
  });
});

describe("pushes", () => {
  it("change the state at once, and give a new frozen object for each change only", () => {
    greet();
    const before = client.state;
    const changes = vi.fn();
    client.addEventListener("change", changes);
    server().serverSends(push(11, [item(2, 11)], { unread: 2 }));
    server().serverSends(push(11, [item(2, 11)], { unread: 2 }));
    expect(changes).toHaveBeenCalledTimes(1);
    expect(client.state.unread).toBe(2);
    expect(before.unread).toBe(1);
    expect(Object.isFrozen(client.state)).toBe(true);
    expect(Object.isFrozen(client.state.items)).toBe(true);
  });

  it("announce what arrived: new and repeated items, not those that only changed", () => {
    greet(reset(10, [item(1, 9, { rev: 10, read: true }), item(2, 8)]));
    const arrived: number[][] = [];
    client.addEventListener("arrive", ({ detail }) => {
      arrived.push(detail.items.map((one) => one.id));
    });
    server().serverSends(push(11, [item(3, 11)]));
    server().serverSends(push(12, [item(1, 9, { rev: 12 })]));
    server().serverSends(push(13, [item(2, 13, { occurrences: 2 })]));
    expect(arrived).toEqual([[3], [2]]);
  });

  it("are survived when they are garbage", () => {
    greet();
    for (const junk of ["", "null", "[]", "{", "7", '"x"', '{"rev":"9"}', "{}"]) {
      server().serverSends(junk);
    }
    expect(client.state).toMatchObject({ status: "open", unread: 1 });
  });

  it("are answered when they are heartbeats, and make it ask when the number differs", () => {
    greet();
    server().serverSends({ rev: 10 });
    expect(server().frames.at(-1)).toEqual({ rev: 10 });
    server().serverSends({ rev: 12 });
    expect(server().frames.at(-2)).toEqual({ rev: 12 });
    expect(server().request("sync").args).toEqual({ since: 10 });
  });
});

describe("asking what changed", () => {
  it("happens once at a time, however many frames call for it", () => {
    greet();
    for (const rev of [13, 14, 15]) server().serverSends(push(rev, [item(rev, rev)]));
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(1);
  });

  it("is repeated after a while when the answer was behind what was told of", async () => {
    greet();
    server().serverSends({ rev: 15 });
    reply("sync", push(12, [item(2, 12)], { from: 10 }));
    await settled();
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(1);
    vi.advanceTimersByTime(500);
    expect(server().request("sync").args).toEqual({ since: 12 });
    reply("sync", push(15, [item(3, 15)], { from: 12 }));
    await settled();
    vi.advanceTimersByTime(20_000);
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(2);
    expect(client.state.items.map((one) => one.id)).toEqual([3, 2, 1]);
  });

  it("waits as long as a refusal says", async () => {
    greet();
    server().serverSends({ rev: 15 });
    reply("sync", { error: { code: "rate_limited", message: "", temporary: true, retry: 3 } });
    await settled();
    vi.advanceTimersByTime(2_999);
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(2);
  });

  it("ends when a reset sets the rev back", async () => {
    greet();
    server().serverSends({ rev: 15 });
    reply("sync", reset(4, [item(1, 4)]));
    await settled();
    vi.advanceTimersByTime(20_000);
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(1);
    expect(client.state.unread).toBe(1);
  });
});

describe("a lost connection", () => {
  it("is repaired by hello with the rev that is known", () => {
    greet();
    server().serverCloses(1006);
    expect(client.state.status).toBe("waiting");
    expect(client.state.items.length).toBe(1);
    vi.advanceTimersByTime(500);
    server().serverOpens();
    expect(server().request("hello").args).toEqual({ since: 10 });
    reply("hello", { ...push(12, [item(2, 12)], { from: 10, unread: 2 }), ping: 25 });
    expect(client.state).toMatchObject({ status: "open", unread: 2 });
  });

  it("settles what was under way as a result, never as a rejection", async () => {
    greet();
    const marking = client.markRead([1]);
    server().serverCloses(1006);
    expect(await marking).toMatchObject({
      ok: false,
      error: { code: "disconnected", temporary: true },
    });
  });

  it("stops for good when the server says so, and says why", () => {
    greet();
    server().serverSends({ bye: { code: 4501, reason: "signed out" } });
    server().serverCloses(4501);
    expect(client.state).toMatchObject({ status: "closed", reason: 4501 });
  });

  it("takes the server's hint when to come back", () => {
    greet();
    server().serverSends({ bye: { code: 4001, reason: "draining", retry: [0.5, 8] } });
    server().serverCloses(4001);
    vi.advanceTimersByTime(7_999);
    expect(FakeWebSocket.made.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(FakeWebSocket.made.length).toBe(2);
  });

  it("is assumed when a request is not answered in time", async () => {
    greet();
    const marking = client.markRead([1]);
    vi.advanceTimersByTime(10_000);
    expect(await marking).toMatchObject({ ok: false, error: { code: "timeout" } });
    expect(client.state.status).toBe("waiting");
  });

  it("is assumed when hello is not answered in time", async () => {
    client.connect();
    server().serverOpens();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.state.status).toBe("waiting");
  });

  it("is assumed when the heartbeats stay away", () => {
    greet();
    vi.advanceTimersByTime(35_000);
    expect(client.state.status).toBe("waiting");
  });
});

describe("the verbs", () => {
  it("go over the line, and the answer is the change", async () => {
    greet(reset(10, [item(1, 10), item(2, 9)]));
    const marking = client.markRead([1]);
    expect(server().request("read").args).toEqual({ ids: [1] });
    reply("read", { rev: 11, unread: 1, unseen: 1, read: { ids: [1] } });
    expect(await marking).toEqual({ ok: true });
    expect(client.state.items.map((one) => one.read)).toEqual([true, false]);
  });

  it("each send what they are called with", () => {
    greet();
    void client.markUnread([1, 2]);
    void client.archive([3]);
    void client.unarchive([4]);
    void client.delete([5]);
    void client.markSeen();
    void client.snooze([6], new Date("2030-01-02T09:00:00Z"));
    void client.subscribe("blog/new", "blog.post:42");
    void client.unsubscribe("blog/new");
    expect(server().frames.slice(1)).toEqual([
      { id: 2, unread: { ids: [1, 2] } },
      { id: 3, archive: { ids: [3] } },
      { id: 4, unarchive: { ids: [4] } },
      { id: 5, delete: { ids: [5] } },
      { id: 6, seen: { upto: 10 } },
      { id: 7, snooze: { ids: [6], until: "2030-01-02T09:00:00.000Z" } },
      { id: 8, subscribe: { key: "blog/new", target: "blog.post:42" } },
      { id: 9, unsubscribe: { key: "blog/new" } },
    ]);
  });

  it("snoozed items go, and subscribing leaves the list as it is", async () => {
    greet(reset(10, [item(1, 10), item(2, 9)]));
    const snoozing = client.snooze([1], "2030-01-02T09:00:00Z");
    reply("snooze", { rev: 11, unread: 1, unseen: 1, snooze: { ids: [1] } });
    const subscribing = client.subscribe("blog/new");
    reply("subscribe", { rev: 11, from: 11, unread: 1, unseen: 1, subscribed: true });
    expect(await Promise.all([snoozing, subscribing])).toEqual([{ ok: true }, { ok: true }]);
    expect(client.state.items.map((one) => one.id)).toEqual([2]);
  });

  it("mark all with the rev it was clicked at, so what arrives meanwhile stays unread", async () => {
    greet();
    const marking = client.markAllRead();
    server().serverSends(push(11, [item(2, 11)], { unread: 2 }));
    expect(server().request("read").args).toEqual({ upto: 10 });
    reply("read", { rev: 12, unread: 1, unseen: 1, read: { upto: 10 } });
    expect(await marking).toEqual({ ok: true });
    expect(client.state.items.map((one) => [one.id, one.read])).toEqual([
      [2, false],
      [1, true],
    ]);
  });

  it("give the server's refusal as a result", async () => {
    greet();
    const error = { code: "rate_limited", message: "Slow down.", temporary: true, retry: 0.8 };
    const marking = client.markRead([1]);
    reply("read", { error });
    expect(await marking).toEqual({ ok: false, error });
  });

  it("tell of problems that belong to no request", () => {
    greet();
    const problems: string[] = [];
    client.addEventListener("error", ({ detail }) => problems.push(detail.code));
    server().serverSends({ id: null, error: { code: "bad_json", message: "", temporary: false } });
    expect(problems).toEqual(["bad_json"]);
  });

  it("ask when the answer to a verb that changed nothing is from beyond", () => {
    greet();
    void client.markRead([77]);
    reply("read", { rev: 12, unread: 2, unseen: 2 });
    expect(server().request("sync").args).toEqual({ since: 10 });
  });
});

describe("without a line", () => {
  it("verbs go over HTTP with the CSRF token, and their answer is the same frame", async () => {
    greet();
    server().serverCloses(1006);
    answerHttp({ rev: 11, unread: 0, unseen: 0, read: { ids: [1] } });
    expect(await client.markRead([1])).toEqual({ ok: true });
    expect(calls[0]?.url).toBe("/api/read/");
    expect(calls[0]?.init.method).toBe("POST");
    expect(calls[0]?.init.body).toBe('{"ids":[1]}');
    expect(new Headers(calls[0]?.init.headers).get("X-CSRFToken")).toBe("token");
    expect(client.state.unread).toBe(0);
  });

  it("the inbox can be read over HTTP from nothing", async () => {
    answerHttp(reset(5, [item(1, 5)], { next: "c5" }));
    expect(await client.sync()).toEqual({ ok: true });
    expect(calls[0]?.url).toBe("/api/sync/?");
    expect(client.state).toMatchObject({ ready: true, unread: 1, hasMore: true });
    answerHttp({ rev: 5, put: [item(2, 3)], next: null });
    await client.loadMore();
    expect(calls[1]?.url).toBe("/api/notifications/?before=c5");
    expect(client.state.items.map((one) => one.id)).toEqual([1, 2]);
  });

  it("a gap told of over HTTP is closed over HTTP", async () => {
    greet();
    server().serverCloses(1006);
    answerHttp({ rev: 13, unread: 1, unseen: 1, read: { ids: [1] } });
    answerHttp(
      push(13, [item(2, 12), item(1, 10, { rev: 13, read: true })], { from: 10, unread: 1 }),
    );
    await client.markRead([1]);
    await settled();
    expect(calls.map((call) => call.url)).toEqual(["/api/read/", "/api/sync/?since=10"]);
    expect(client.state.items.map((one) => [one.id, one.read])).toEqual([
      [2, false],
      [1, true],
    ]);
  });

  it("refusals, strange pages and dead servers are results", async () => {
    answerHttp({ error: { code: "bad_request", message: "No.", temporary: false } }, 400);
    expect((await client.markRead([1])).error?.code).toBe("bad_request");
    answers.push(() => new Response("<h1>Forbidden</h1>", { status: 403 }));
    expect((await client.markRead([1])).error).toMatchObject({
      code: "http_403",
      temporary: false,
    });
    answers.push(() => new Response("oops", { status: 502 }));
    expect((await client.markRead([1])).error).toMatchObject({ code: "http_502", temporary: true });
    expect((await client.markRead([1])).error).toMatchObject({
      code: "unreachable",
      temporary: true,
    });
  });

  it("the token is the page's meta element, else the cookie", () => {
    // biome-ignore lint/suspicious/noDocumentCookie: this is how Django gives it to scripts.
    document.cookie = "csrftoken=from-cookie";
    expect(csrfToken()).toBe("from-cookie");
    document.head.innerHTML = '<meta name="csrf-token" content="from-meta">';
    expect(csrfToken()).toBe("from-meta");
    document.head.innerHTML = "";
  });
});

describe("pages", () => {
  beforeEach(() => greet(reset(30, [item(6, 30), item(5, 25)], { next: "c25" })));

  it("extend the list, and asking twice at once is asking once", async () => {
    const loading = Promise.all([client.loadMore(), client.loadMore()]);
    expect(server().request("page").args).toEqual({ before: "c25" });
    expect(server().frames.filter((frame) => "page" in frame).length).toBe(1);
    reply("page", { rev: 30, put: [item(4, 20)], next: null });
    expect(await loading).toEqual([{ ok: true }, { ok: true }]);
    expect(client.state.items.map((one) => one.id)).toEqual([6, 5, 4]);
    expect(client.state.hasMore).toBe(false);
  });

  it("that are older than the view are asked for again", async () => {
    const loading = client.loadMore();
    server().serverSends(push(31, [item(7, 31)]));
    reply("page", { rev: 30, put: [item(4, 20)], next: null });
    await settled();
    expect(server().frames.filter((frame) => "page" in frame).length).toBe(2);
    reply("page", { rev: 31, put: [item(4, 20)], next: null });
    expect(await loading).toEqual({ ok: true });
    expect(client.state.items.map((one) => one.id)).toEqual([7, 6, 5, 4]);
  });

  it("that continue a list that is no more are dropped", async () => {
    const loading = client.loadMore();
    server().serverSends(reset(40, [item(9, 40), item(8, 38)], { next: "c38" }));
    reply("page", { rev: 40, put: [item(4, 20)], next: null });
    expect(await loading).toEqual({ ok: true });
    expect(client.state.items.map((one) => one.id)).toEqual([9, 8]);
    expect(client.state.hasMore).toBe(true);
  });

  it("are not asked for without end when they never catch up", async () => {
    const loading = client.loadMore();
    server().serverSends(push(31, [item(7, 31)]));
    for (let tries = 0; tries < 5; tries += 1) {
      reply("page", { rev: 30, put: [item(4, 20)], next: null });
      await settled();
    }
    expect(await loading).toEqual({ ok: true });
    expect(server().frames.filter((frame) => "page" in frame).length).toBe(5);
  });
});

it("shows everything on the wire to the curious", () => {
  const seen: string[] = [];
  client.addEventListener("frame", ({ detail }) => seen.push(`${detail.direction} ${detail.text}`));
  greet(reset(1, []));
  server().serverSends({ rev: 1 });
  expect(seen[0]).toBe('out {"id":1,"hello":{}}');
  expect(seen[1]).toMatch(/^in \{"id":1,"ping":25,"rev":1/);
  expect(seen.slice(2)).toEqual(['in {"rev":1}', 'out {"rev":1}']);
});
