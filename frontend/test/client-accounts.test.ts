/** Whose inbox it is: other people sign in with the same browser, and databases are restored. */

import { describe, expect, it, vi } from "vitest";
import type { Frame } from "../src/wire/protocol";
import { item, push, reset, settled } from "./builders";
import {
  answerHttp,
  answers,
  calls,
  client,
  greet,
  makeClientForEachTest,
  reply,
  server,
} from "./connected-client";

makeClientForEachTest();

const ANNA = { inbox: "anna" };
const BERT = { inbox: "bert" };
const annas = reset(3, [item(3, 3), item(2, 2)], { ...ANNA, next: "2" });
const berts = reset(9, [item(109, 9), item(108, 8)], BERT);

function shown(): number[] {
  return client.state.items.map((one) => one.id);
}

/** Shows Anna's inbox, without a connection. */
function leave(): void {
  greet(annas);
  server().serverCloses(1006);
}

function come(): void {
  vi.advanceTimersByTime(500);
  server().serverOpens();
}

/** Answers over HTTP when the returned function is called. */
function answerLate(body: Frame): () => void {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const text = async () => {
    await gate;
    return body;
  };
  answers.push(() => Object.assign(new Response(), { json: text }));
  return release;
}

describe("the inbox", () => {
  it("goes back to the server with the rev", async () => {
    greet(annas);
    server().serverSends(push(9, []));
    expect(server().request("sync").args).toEqual({ since: 3, ...ANNA });
    server().serverCloses(1006);
    come();
    expect(server().request("hello").args).toEqual({ since: 3, ...ANNA });
  });

  it("of another account replaces what is shown, and nothing of it counts as arriving", () => {
    greet(annas);
    const arrived = vi.fn();
    client.addEventListener("arrive", arrived);
    server().serverCloses(1006);
    come();
    reply("hello", berts);
    expect(shown()).toEqual([109, 108]);
    expect(client.state).toMatchObject({ unread: 2, hasMore: false, inbox: "bert" });
    expect(arrived).not.toHaveBeenCalled();
  });

  it("of another account empties the view, where the answer is no reset, until one comes", async () => {
    greet(annas);
    server().serverSends(push(9, []));
    reply("sync", push(9, [item(109, 9)], { from: 3, seen: { upto: 0 }, ...BERT }));
    await settled();
    expect(client.state).toMatchObject({ ready: false, items: [], unread: 0, hasMore: false });
    vi.advanceTimersByTime(500);
    expect(server().request("sync").args).toEqual({});
    reply("sync", { error: { code: "internal", message: "", temporary: true } });
    await settled();
    vi.advanceTimersByTime(1_000);
    reply("sync", berts);
    expect(shown()).toEqual([109, 108]);
  });
});

describe("signing out", () => {
  it("empties the view, and whoever signs in next begins anew", () => {
    greet(annas);
    server().serverCloses(4501);
    expect(client.state).toMatchObject({
      status: "closed",
      signedOut: true,
      ready: false,
      items: [],
      unread: 0,
      unseen: 0,
      inbox: null,
    });
    document.dispatchEvent(new Event("visibilitychange"));
    come();
    expect(client.state.signedOut).toBe(true);
    expect(server().request("hello").args).toEqual({});
    reply("hello", berts);
    expect(client.state).toMatchObject({ signedOut: false, unread: 2 });
  });

  it("takes away the count that the page was rendered with", () => {
    expect(client.state.unread).toBe(3);
    client.connect();
    server().serverOpens();
    server().serverCloses(4501);
    expect(client.state.unread).toBe(0);
  });

  it("is noticed over HTTP too", async () => {
    leave();
    answerHttp({ error: { code: "not_signed_in", message: "", temporary: false } }, 401);
    expect((await client.sync()).ok).toBe(false);
    expect(client.state).toMatchObject({ signedOut: true, items: [], unread: 0 });
  });
});

describe("over HTTP, where the cookie may be another account's", () => {
  it("every command says whose inbox it means", async () => {
    leave();
    for (let count = 0; count < 3; count += 1) answerHttp(push(3, [], { from: 3 }));
    await client.markAllRead();
    await client.sync();
    await client.loadMore();
    expect(JSON.parse(String(calls[0]?.init.body))).toEqual({ upto: 3, ...ANNA });
    expect(calls.slice(1).map((call) => call.url)).toEqual([
      "/api/sync/?since=3&inbox=anna",
      "/api/notifications/?before=2&inbox=anna",
    ]);
  });

  it("a refusal empties the view and shows the inbox of the new account", async () => {
    leave();
    answerHttp({ error: { code: "other_inbox", message: "", temporary: false } }, 409);
    answerHttp(berts);
    const marking = client.markAllRead();
    expect((await marking).error?.code).toBe("other_inbox");
    await settled();
    expect(calls[1]?.url).toBe("/api/sync/?");
    expect(shown()).toEqual([109, 108]);
  });

  it("a late answer changes nothing once the socket has greeted", async () => {
    leave();
    const answer = answerLate(berts);
    const syncing = client.sync();
    come();
    reply("hello", push(3, [], { from: 3, unread: 2, ...ANNA }));
    answer();
    expect(await syncing).toEqual({ ok: true });
    expect(shown()).toEqual([3, 2]);
  });

  it("a late answer for the former account changes nothing", async () => {
    leave();
    const answer = answerLate({ rev: 9, put: [item(1, 1)], next: null });
    const loading = client.loadMore();
    answerHttp({ ...berts, next: "2" });
    await client.sync();
    answer();
    await loading;
    expect(shown()).toEqual([109, 108]);
  });
});
