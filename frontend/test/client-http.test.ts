import { describe, expect, it } from "vitest";
import { csrfToken } from "../src/client/http";
import { item, push, reset, settled } from "./builders";
import {
  answerHttp,
  answers,
  calls,
  client,
  greet,
  makeClientForEachTest,
  server,
} from "./connected-client";

makeClientForEachTest();

describe("without a connection", () => {
  it("commands go over HTTP with the CSRF token, and their answer is the same frame", async () => {
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

  it("a gap found over HTTP is closed over HTTP", async () => {
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
