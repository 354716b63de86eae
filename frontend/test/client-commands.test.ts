import { describe, expect, it } from "vitest";
import { item, push, reset } from "./builders";
import { client, greet, makeClientForEachTest, reply, server } from "./connected-client";

makeClientForEachTest();

describe("the commands", () => {
  it("go over the socket, and the reply is the change", async () => {
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

  it("return the server's refusal as a result", async () => {
    greet();
    const error = { code: "bad_request", message: "No.", temporary: false };
    const marking = client.markRead([1]);
    reply("read", { error });
    expect(await marking).toEqual({ ok: false, error });
  });

  it("report problems that belong to no request", () => {
    greet();
    const problems: string[] = [];
    client.addEventListener("error", ({ detail }) => problems.push(detail.code));
    server().serverSends({ id: null, error: { code: "bad_json", message: "", temporary: false } });
    expect(problems).toEqual(["bad_json"]);
  });

  it("sync when the reply to a command that changed nothing has a later rev", () => {
    greet();
    void client.markRead([77]);
    reply("read", { rev: 12, unread: 2, unseen: 2 });
    expect(server().request("sync").args).toEqual({ since: 10 });
  });
});
