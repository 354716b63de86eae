/** What waits outlasts the page, and belongs to one account. */

import { describe, expect, it, vi } from "vitest";
import { NotifyClient } from "../src/client/client";
import { createActing } from "../src/client/inbox-acting";
import { queueName } from "../src/client/stored-queue";
import { ReconnectingSocket } from "../src/connection/socket";
import { ANNA, annas, come, NO, shown, stored } from "./annas-inbox";
import { push, settled } from "./builders";
import {
  client,
  greet,
  makeClientForEachTest,
  QUEUE,
  reload,
  reply,
  server,
} from "./connected-client";

makeClientForEachTest();

const DAY = 86_400_000;

describe("the next page", () => {
  /** Marks without a connection, and loads the page again. */
  function markAndReload(): void {
    greet(annas());
    server().serverCloses(1006);
    void client.markRead([2]);
    void client.archive([1]);
    reload();
  }

  it("shows and sends what the page before has left", async () => {
    markAndReload();
    expect(stored()).toMatchObject({ version: 1, inbox: "anna" });
    greet(annas());
    expect(shown()).toBe("3* 2 (1)");
    await settled();
    expect(server().request("archive").args).toEqual({ ids: [1], ...ANNA });
    reply("read", { rev: 11, unread: 2, unseen: 2, read: { ids: [2] } });
    reply("archive", { rev: 12, unread: 1, unseen: 1, archive: { ids: [1] } });
    await settled();
    expect(client.state.pending).toBe(0);
    expect(shown()).toBe("3* 2 (1)");
    expect(stored()).toBeNull();
  });

  it("gets what acts at once if something waits, and else when it is first needed", async () => {
    const loadActing = vi.fn(async () => createActing);
    const open = () => {
      const transport = new ReconnectingSocket("/ws/");
      const page = new NotifyClient({
        transport,
        http: { url: "/api/" },
        loadActing,
        queue: QUEUE,
      });
      page.connect();
      return page;
    };
    open().disconnect();
    expect(loadActing).not.toHaveBeenCalled();
    markAndReload();
    open().disconnect();
    expect(loadActing).toHaveBeenCalledOnce();
  });

  it("of another user or server has a queue of its own", () => {
    const names = [queueName("/api/", "7"), queueName("/api/", "8"), queueName("/x/", "7")];
    expect(new Set(names).size).toBe(3);
  });

  it("tells of a refusal by an event, since nobody waits for a result", async () => {
    markAndReload();
    greet(annas());
    await settled();
    const problems: string[] = [];
    client.addEventListener("error", ({ detail }) => problems.push(detail.code));
    reply("archive", NO);
    await settled();
    expect(problems).toEqual(["not_allowed"]);
    expect(shown()).toBe("3* 2 1* (2)");
  });

  it("drops what was meant for another account, or another database", async () => {
    markAndReload();
    greet(annas({ inbox: "bert" }));
    await settled();
    expect(shown()).toBe("3* 2* 1* (3)");
    expect(server().frames.length).toBe(1);
    expect(stored()).toBeNull();
  });

  it("drops what is a day old, of another version or not ours", async () => {
    for (const [when, mess] of [
      ["a day old", () => vi.advanceTimersByTime(DAY)],
      ["of a later version", () => localStorage.setItem(QUEUE, '{"version":2,"inbox":"anna"}')],
      ["broken", () => localStorage.setItem(QUEUE, "{")],
      ["strange", () => localStorage.setItem(QUEUE, '{"version":1,"inbox":"anna"}')],
    ] as const) {
      markAndReload();
      mess();
      greet(annas());
      await settled();
      expect(client.state.pending, when).toBe(0);
      expect(shown(), when).toBe("3* 2* 1* (3)");
    }
  });

  it("removes what others have left who used this browser with the same server", async () => {
    const [other, elsewhere] = [
      'realtime-notify:pending:["/api/","8"]',
      'realtime-notify:pending:["/x/","8"]',
    ];
    for (const name of [other, elsewhere, "theirs"]) localStorage.setItem(name, "{}");
    greet(annas());
    expect(Object.keys(localStorage).sort()).toEqual([elsewhere, "theirs"].sort());
  });

  it("works where nothing can be kept", async () => {
    const forbid = () => {
      throw new Error("SecurityError");
    };
    vi.stubGlobal("localStorage", new Proxy({}, { get: forbid, ownKeys: forbid }));
    greet(annas());
    const marking = client.markRead([2]);
    reply("read", { rev: 11, unread: 2, unseen: 2, read: { ids: [2] } });
    expect(await marking).toEqual({ ok: true });
    vi.unstubAllGlobals();
  });
});

describe("an operation of an account", () => {
  it("ends with it: nothing is kept, sent or shown after signing out", async () => {
    greet(annas());
    const marking = client.markRead([2]);
    server().serverCloses(4501);
    expect((await marking).ok).toBe(false);
    expect(stored()).toBeNull();
    document.dispatchEvent(new Event("visibilitychange"));
    come();
    reply("hello", annas({ inbox: "bert" }));
    await settled();
    expect(shown()).toBe("3* 2* 1* (3)");
    expect(server().frames.map((frame) => Object.keys(frame)[1])).toEqual(["hello"]);
  });

  it("that is refused as another's empties the view, over a socket too", async () => {
    greet(annas());
    const marking = client.markRead([2]);
    reply("read", { error: { code: "other_inbox", message: "", temporary: false } });
    expect((await marking).error?.code).toBe("other_inbox");
    expect(client.state).toMatchObject({ items: [], ready: false });
    expect(server().request("sync").args).toEqual({});
  });
});

describe("two tabs with one queue", () => {
  it("each send what the other has left, until one has been answered", async () => {
    greet(annas());
    server().serverCloses(1006);
    const theirs = { key: "x", command: "read", args: { ids: [2], ...ANNA }, at: Date.now() };
    const queue = { version: 1, inbox: "anna", operations: [theirs] };
    localStorage.setItem(QUEUE, JSON.stringify(queue));
    come();
    reply("hello", push(10, [], { from: 10, unread: 3, unseen: 3, ...ANNA }));
    expect(shown()).toBe("3* 2 1* (2)");
    const error = { code: "rate_limited", message: "", temporary: true, retry: 7 };
    reply("read", { error });
    await settled();

    localStorage.removeItem(QUEUE);
    window.dispatchEvent(Object.assign(new Event("storage"), { key: QUEUE }));
    expect(client.state.pending).toBe(0);
    vi.advanceTimersByTime(8_000);
    expect(server().frames.filter((frame) => "read" in frame).length).toBe(1);
  });
});
