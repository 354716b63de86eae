// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Tab } from "./browser";
import {
  browser,
  expectWhole,
  followers,
  leader,
  open,
  range,
  seconds,
  server,
  startForEachTest,
  stream,
} from "./shared-tabs";

startForEachTest();

describe("another tab takes over", () => {
  const ends: Record<string, (tab: Tab) => void> = {
    "is closed or crashes": (tab) => tab.kill(),
    "is frozen": (tab) => tab.freeze(),
    "goes into the history cache": (tab) => tab.leave(),
  };
  for (const [what, end] of Object.entries(ends)) {
    it(`at once when the leader ${what}, and misses nothing`, async () => {
      await open(3);
      await stream(2);
      const before = leader();
      end(before);
      await stream(3);
      expect(leader()).not.toBe(before);
      const rest = browser.tabs.filter((tab) => tab !== before);
      expect(rest.map((tab) => tab.arrived)).toEqual([range(1, 5), range(1, 5)]);
    });
  }

  it("when the leader is stuck, which then follows", async () => {
    await open(3);
    await stream(2);
    const before = leader();
    before.stuck = true;
    await stream(2);
    await seconds(13);
    expect(leader()).not.toBe(before);
    before.stuck = false;
    await stream(2);
    expect(leader()).not.toBe(before);
    expectWhole();
    expect(before.arrived).toEqual(range(1, 6));
  });

  it("only if somebody looks: hidden tabs leave a silent leader alone", async () => {
    await open(3);
    const before = leader();
    for (const tab of browser.tabs) tab.hide();
    before.stuck = true;
    await seconds(600);
    expect(leader()).toBe(before);
    followers()[0]?.show();
    await seconds(13);
    expect(leader()).not.toBe(before);
  });

  it("and no other, as long as the leader answers, be it hidden for hours", async () => {
    await open(3);
    leader().hide();
    await seconds(7200);
    expect(server.sockets.length).toBe(1);
    expectWhole();
  });

  it("when the page of the leader goes on to use another inbox", async () => {
    await open(2);
    leader().client.disconnect();
    await browser.run(100);
    expect(server.open.length).toBe(1);
    expect(followers()[0]?.client.state.status).toBe("idle");
  });
});
