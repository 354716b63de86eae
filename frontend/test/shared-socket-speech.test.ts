// @vitest-environment node
import { describe, expect, it } from "vitest";
import { browser, open, seconds, server, start, startForEachTest } from "./shared-tabs";

startForEachTest();

describe("who speaks", () => {
  const speaking = () => browser.tabs.map((tab) => tab.speaks);

  it("is the tab that was focused last, and one only", async () => {
    const [, second, third] = await open(3, { hidden: true });
    await seconds(10); // until all are connected
    expect(speaking()).toEqual([true, false, false]);
    second?.show();
    await browser.run(10);
    expect(speaking()).toEqual([false, true, false]);
    third?.show();
    second?.show();
    await browser.run(10);
    expect(speaking()).toEqual([false, true, false]);
    second?.kill();
    await browser.run(10);
    expect(speaking().filter(Boolean)).toEqual([true]);
  });

  it("is somebody at every moment while a page loads beside another", async () => {
    const told: number[] = [];
    for (let wait = 0; wait < 60; wait += 1) {
      start();
      await open(1, { hidden: true });
      browser.open();
      await browser.run(wait);
      server.notify();
      await browser.run(100);
      told.push(browser.tabs.flatMap((tab) => tab.told).length);
    }
    expect(told).not.toContain(0);
    // While the word passes on, for as long as tabs take to hear of each other, two may have it.
    expect(told.filter((times) => times > 1).length).toBeLessThanOrEqual(1);
  });

  it("is the tab that somebody looks at, too, where all of them have to ask", async () => {
    class WebSocket {
      constructor() {
        throw new DOMException("no", "SecurityError");
      }
    }
    await open(1, { hidden: true, globals: { WebSocket } });
    await open(1, { globals: { WebSocket } });
    await seconds(120);
    expect(browser.tabs.map((tab) => tab.client.state.status)).toEqual(["polling", "polling"]);
    expect(speaking()).toEqual([false, true]);
  });

  it("is the only one as soon as it can be told anything", async () => {
    const told: number[][] = [];
    for (let wait = 0; wait < 60; wait += 1) {
      start();
      const tab = browser.open();
      await browser.run(wait);
      server.notify();
      await browser.run(100);
      told.push([tab.arrived.length, tab.told.length]);
    }
    expect(told.filter(([arrived, spoken]) => arrived !== spoken)).toEqual([]);
  });

  it("tells its client", async () => {
    const [first, second] = await open(2, { hidden: true });
    const told: boolean[] = [];
    for (const tab of [first, second]) {
      tab?.client.addEventListener("change", ({ detail }) => told.push(detail.speaks));
    }
    second?.show();
    await browser.run(10);
    expect(told).toEqual([false, true]);
  });
});
