import { beforeEach, describe, expect, it } from "vitest";
import { item, push, reset, settled } from "./builders";
import { client, greet, makeClientForEachTest, reply, server } from "./connected-client";

makeClientForEachTest();

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
