import { describe, expect, it, vi } from "vitest";
import { item, push, reset, settled } from "./builders";
import { client, greet, makeClientForEachTest, reply, server } from "./connected-client";
import { FakeWebSocket } from "./fake-socket";

makeClientForEachTest();

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

  it("announces nothing of what the first reply brings", () => {
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

  it("announce what an answer was ahead with, which itself does not", () => {
    greet();
    const arrived: number[][] = [];
    client.addEventListener("arrive", ({ detail }) => {
      arrived.push(detail.items.map((one) => one.id));
    });
    void client.sync();
    // The server reads the rev before the rows: the third item arrived in between.
    const put = [item(2, 11), item(3, 12)];
    reply("sync", { rev: 11, from: 10, put, unread: 2, unseen: 2 });
    expect(client.state.items.map(({ id }) => id)).toEqual([3, 2, 1]);
    server().serverSends(push(12, [item(3, 12)]));
    expect(arrived).toEqual([[2], [3]]);
  });

  it("that are garbage are ignored", () => {
    greet();
    for (const junk of ["", "null", "[]", "{", "7", '"x"', '{"rev":"9"}', "{}"]) {
      server().serverSends(junk);
    }
    expect(client.state).toMatchObject({ status: "open", unread: 1 });
  });

  it("that are heartbeats are sent back, and cause a sync when the rev differs", () => {
    greet();
    server().serverSends('{"rev":10, "beat":"x7","news":1}');
    expect(server().sent.at(-1)).toBe('{"rev":10, "beat":"x7","news":1}');
    server().serverSends({ rev: 12, beat: "x8" });
    expect(server().frames.at(-2)).toEqual({ rev: 12, beat: "x8" });
    expect(server().request("sync").args).toEqual({ since: 10 });
  });
});

describe("a heartbeat with an age", () => {
  const late = { rev: 10, beat: "x7", age: 17 };
  const syncs = () => server().frames.filter((frame) => "sync" in frame).length;

  it("makes the client stale until one comes without", () => {
    greet();
    expect(client.state.stale).toBe(false);
    server().serverSends(late);
    expect(client.state.stale).toBe(true);
    server().serverSends(push(11, [item(2, 11)]));
    expect(client.state.stale).toBe(true);
    server().serverSends({ rev: 11, beat: "x8" });
    expect(client.state.stale).toBe(false);
  });

  it("makes it ask once, at a moment of its own", async () => {
    greet();
    server().serverSends(late);
    server().serverSends(late);
    expect(syncs()).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(syncs()).toBe(1);
    reply("sync", push(10, [], { from: 10 }));
    await settled();
    vi.advanceTimersByTime(20_000);
    expect(syncs()).toBe(1);
    server().serverSends(late);
    vi.advanceTimersByTime(5_000);
    expect(syncs()).toBe(2);
  });

  it("does not shorten the wait that a refusal asked for", async () => {
    greet();
    server().serverSends({ rev: 15, beat: "x7" });
    reply("sync", { error: { code: "internal", message: "", temporary: true, retry: 9 } });
    await settled();
    server().serverSends({ ...late, rev: 10 });
    vi.advanceTimersByTime(8_999);
    expect(syncs()).toBe(1);
  });

  it("is forgotten with the connection", () => {
    greet();
    server().serverSends(late);
    server().serverCloses(1006);
    expect(client.state.stale).toBe(false);
    const before = server();
    vi.advanceTimersByTime(5_000);
    expect(before.frames.filter((frame) => "sync" in frame).length).toBe(0);
  });
});

describe("asking what changed", () => {
  it("happens once at a time, however many frames call for it", () => {
    greet();
    for (const rev of [13, 14, 15]) server().serverSends(push(rev, [item(rev, rev)]));
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(1);
  });

  it("is repeated after a while when the reply was older than an announced rev", async () => {
    greet();
    server().serverSends({ rev: 15, beat: "x7" });
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
    server().serverSends({ rev: 15, beat: "x7" });
    reply("sync", { error: { code: "rate_limited", message: "", temporary: true, retry: 3 } });
    await settled();
    vi.advanceTimersByTime(2_999);
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(server().frames.filter((frame) => "sync" in frame).length).toBe(2);
  });

  it("ends when a reset sets the rev back", async () => {
    greet();
    server().serverSends({ rev: 15, beat: "x7" });
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
    const subscribing = client.subscribe("blog/new");
    server().serverCloses(1006);
    expect(await subscribing).toMatchObject({
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
    const subscribing = client.subscribe("blog/new");
    vi.advanceTimersByTime(10_000);
    expect(await subscribing).toMatchObject({ ok: false, error: { code: "timeout" } });
    expect(client.state.status).toBe("waiting");
  });

  it("waits as long as a refused hello says", async () => {
    client.connect();
    server().serverOpens();
    const first = server();
    reply("hello", { error: { code: "rate_limited", message: "", temporary: true, retry: 40 } });
    await settled();
    window.dispatchEvent(new Event("online"));
    vi.advanceTimersByTime(39_900);
    expect(server()).toBe(first);
    vi.advanceTimersByTime(200);
    expect(server()).not.toBe(first);
  });

  it("is assumed when hello is not answered in time", async () => {
    client.connect();
    server().serverOpens();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.state.status).toBe("waiting");
  });

  it("is assumed when no heartbeat arrives", () => {
    greet();
    vi.advanceTimersByTime(35_000);
    expect(client.state.status).toBe("waiting");
  });
});

it("emits every frame, sent or received", () => {
  const seen: string[] = [];
  client.addEventListener("frame", ({ detail }) => seen.push(`${detail.direction} ${detail.text}`));
  greet(reset(1, []));
  server().serverSends({ rev: 1, beat: "x7" });
  expect(seen[0]).toBe('out {"id":1,"hello":{}}');
  expect(seen[1]).toMatch(/^in \{"id":1,"ping":25,"rev":1/);
  expect(seen.slice(2)).toEqual(['in {"rev":1,"beat":"x7"}', 'out {"rev":1,"beat":"x7"}']);
});
