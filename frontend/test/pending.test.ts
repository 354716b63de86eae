/** What somebody does shows at once, and ends in what the server says. */

import { describe, expect, it, vi } from "vitest";
import { ANNA, annas, come, NO, shown, stored, watch } from "./annas-inbox";
import { item, push, settled } from "./builders";
import {
  answerHttp,
  calls,
  client,
  greet,
  makeClientForEachTest,
  reload,
  reply,
  server,
} from "./connected-client";

makeClientForEachTest();

describe("an operation", () => {
  it("shows at once, and its confirmation is one change that changes nothing to see", async () => {
    greet(annas());
    const seen = watch();
    const marking = client.markRead([2]);
    expect(shown()).toBe("3* 2 1* (2)");
    expect(client.state.pending).toBe(1);
    reply("read", { rev: 11, unread: 2, unseen: 2, read: { ids: [2] } });
    expect(client.state.pending).toBe(0);
    expect(await marking).toEqual({ ok: true });
    await settled();
    expect(seen).toEqual(["3* 2 1* (2)", "3* 2 1* (2)"]);
  });

  it("says whose inbox it is meant for", () => {
    greet(annas());
    void client.archive([2]);
    expect(server().request("archive").args).toEqual({ ids: [2], inbox: "anna" });
  });

  it("stays until the base includes it, when the answer is ahead of the base", async () => {
    greet(annas());
    const seen = watch();
    const archiving = client.archive([2]);
    reply("archive", { rev: 12, unread: 3, unseen: 3, archive: { ids: [2] } });
    expect(await archiving).toEqual({ ok: true });
    expect(client.state.pending).toBe(1);
    const put = [item(4, 11), item(2, 9, { rev: 12, archived: true })];
    reply("sync", { rev: 12, from: 10, unread: 3, unseen: 3, put, ...ANNA });
    expect(client.state.pending).toBe(0);
    expect(seen).toEqual(["3* 1* (2)", "4* 3* 1* (3)"]);
  });

  it("alone is undone when it is refused: others stay, and so does what has arrived", async () => {
    greet(annas());
    const refused = client.archive([2]);
    void client.markRead([1]);
    server().serverSends(push(11, [item(4, 11)], { unread: 4, unseen: 4 }));
    expect(shown()).toBe("4* 3* 1 (2)");
    reply("archive", NO);
    expect(await refused).toEqual({ ok: false, ...NO });
    expect(shown()).toBe("4* 3* 2* 1 (3)");
    expect(client.state.pending).toBe(1);
  });

  it("is kept through a temporary error, and sent again when the server says", async () => {
    greet(annas());
    const marking = client.markRead([2]);
    const error = { code: "rate_limited", message: "", temporary: true, retry: 7 };
    const first = server().request("read").id;
    reply("read", { error });
    await settled();
    expect(shown()).toBe("3* 2 1* (2)");
    void client.markRead([1]);
    vi.advanceTimersByTime(6_900);
    expect(server().request("read").id).toBe(first);
    vi.advanceTimersByTime(200);
    expect(server().request("read").args).toEqual({ ids: [2], ...ANNA });
    expect(server().request("read").id).not.toBe(first);
    reply("read", { rev: 11, unread: 2, unseen: 2, read: { ids: [2] } });
    expect(await marking).toEqual({ ok: true });
    await settled();
    expect(server().request("read").args).toEqual({ ids: [1], ...ANNA });
  });

  it("is kept without a connection, and sent on the next one", async () => {
    greet(annas());
    server().serverCloses(1006);
    const marking = client.markAllRead();
    await settled();
    expect(calls[0]?.url).toBe("/api/read/");
    expect(shown()).toBe("3 2 1 (0)");
    come();
    await settled();
    reply("hello", push(11, [item(4, 11)], { from: 10, unread: 4, unseen: 4, ...ANNA }));
    expect(shown()).toBe("4* 3 2 1 (1)");
    expect(server().request("read").args).toEqual({ upto: 10, ...ANNA });
    reply("read", { rev: 12, unread: 1, unseen: 1, read: { upto: 10 } });
    expect(await marking).toEqual({ ok: true });
    expect(shown()).toBe("4* 3 2 1 (1)");
  });

  it("goes ahead of the others while the server cannot be reached", async () => {
    greet(annas());
    server().serverCloses(1006);
    vi.mocked(Math.random).mockReturnValue(0.5);
    for (const id of [1, 2, 3]) void client.markRead([id]);
    await settled();
    expect(calls.length).toBe(3);
    while (calls.length === 3) await vi.advanceTimersToNextTimerAsync();
    expect(calls.length).toBe(4);
    for (const [at, id] of [1, 2, 3].entries()) {
      answerHttp({ rev: 11 + at, unread: 2 - at, unseen: 0, read: { ids: [id] } });
    }
    while (client.state.pending > 0) await vi.advanceTimersToNextTimerAsync();
    expect(calls.length).toBe(7);
  });

  it("waits for one before it that concerns the same items", async () => {
    greet(annas());
    server().serverCloses(1006);
    answerHttp({ rev: 11, unread: 2, unseen: 2, read: { ids: [2] } });
    answerHttp({ rev: 12, unread: 1, unseen: 1, read: { ids: [1] } });
    answerHttp(push(13, [item(2, 9, { rev: 13 })], { unread: 2, unseen: 2 }));
    void client.markRead([2]);
    const last = client.markUnread([2]);
    void client.markRead([1]);
    await last;
    expect(calls.map(({ url }) => url)).toEqual(["/api/read/", "/api/read/", "/api/unread/"]);
    expect(shown()).toBe("3* 2* 1 (2)");
  });

  it("that takes something away can be taken back at once, with what the client remembers", async () => {
    greet(annas());
    void client.archive([2]);
    reply("archive", { rev: 11, unread: 2, unseen: 2, archive: { ids: [2] } });
    const bringing = client.unarchive([2]);
    expect(shown()).toBe("3* 2* 1* (3)");
    reply("unarchive", push(12, [item(2, 9, { rev: 12 })], { unread: 3, unseen: 3 }));
    expect(await bringing).toEqual({ ok: true });
    expect(shown()).toBe("3* 2* 1* (3)");
  });

  it("is refused while two hundred wait", async () => {
    greet(annas());
    server().serverCloses(1006);
    for (let count = 0; count < 200; count += 1) void client.markRead([1]);
    expect((await client.archive([2])).error?.code).toBe("too_many_pending");
    expect(shown()).toBe("3* 2* 1 (2)");
  });

  it("before the first answer is sent as it is: there is nothing to show yet", async () => {
    answerHttp({ rev: 11, unread: 2, unseen: 2, read: { ids: [2] } });
    expect(await client.markRead([2])).toEqual({ ok: true });
    expect(client.state).toMatchObject({ pending: 0, ready: false });
    expect(stored()).toBeNull();
  });

  it("ends as a result when the client is disconnected, and is left to the next page", async () => {
    greet(annas());
    const marking = client.markRead([2]);
    client.disconnect();
    expect((await marking).error?.code).toBe("disconnected");
    expect(stored()?.operations.length).toBe(1);
  });
});

describe("a deletion that has to be confirmed", () => {
  /** Deletes an item, and confirms it by the returned function. */
  function remove() {
    let confirm = (_isMeant: boolean) => {};
    const confirmed = new Promise<boolean>((resolve) => {
      confirm = resolve;
    });
    return { deleting: client.delete([2], confirmed), confirm };
  }

  it("shows at once and is sent when it is confirmed", async () => {
    greet(annas());
    const { deleting, confirm } = remove();
    expect(shown()).toBe("3* 1* (2)");
    expect(stored(), "another tab would send it").toBeNull();
    void client.markAllRead();
    expect(server().frames.map((frame) => Object.keys(frame)[1])).toEqual(["hello", "read"]);
    confirm(true);
    await settled();
    expect(stored()?.operations.length).toBe(2);
    reply("read", { rev: 11, unread: 0, unseen: 0, read: { upto: 10 } });
    await settled();
    reply("delete", { rev: 12, unread: 0, unseen: 0, delete: { ids: [2] } });
    expect(await deleting).toEqual({ ok: true });
    expect(shown()).toBe("3 1 (0)");
  });

  it("is kept for the next page, if it cannot be sent when somebody leaves this one", async () => {
    greet(annas());
    remove();
    window.dispatchEvent(new PageTransitionEvent("pagehide"));
    await settled();
    reload();
    greet(annas());
    await settled();
    expect(shown()).toBe("3* 1* (2)");
    expect(server().request("delete").args).toEqual({ ids: [2], ...ANNA });
  });

  it("is taken back without a trace", async () => {
    greet(annas());
    const { deleting, confirm } = remove();
    confirm(false);
    expect((await deleting).error?.code).toBe("undone");
    expect(shown()).toBe("3* 2* 1* (3)");
    expect(server().frames.length).toBe(1);
    expect(stored()).toBeNull();
  });

  it("is confirmed by leaving the page, in a request that outlasts it", async () => {
    greet(annas());
    answerHttp({ rev: 11, unread: 2, unseen: 2, delete: { ids: [2] } });
    const { deleting, confirm } = remove();
    window.dispatchEvent(new PageTransitionEvent("pagehide"));
    expect(await deleting).toEqual({ ok: true });
    expect(calls.map(({ url, init }) => [url, init.keepalive])).toEqual([["/api/delete/", true]]);
    expect(JSON.parse(String(calls[0]?.init.body))).toEqual({ ids: [2], ...ANNA });
    confirm(false);
    await settled();
    expect(stored()).toBeNull();
  });
});
