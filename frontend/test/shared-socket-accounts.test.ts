// @vitest-environment node
import { describe, expect, it } from "vitest";
import {
  browser,
  expectWhole,
  open,
  seconds,
  server,
  startForEachTest,
  stream,
} from "./shared-tabs";

startForEachTest();

describe("signing out", () => {
  it("ends all tabs at once, and none comes back by itself", async () => {
    await open(3);
    await stream(2);
    server.signOut();
    await seconds(3600);
    expect(server.sockets.length).toBe(1);
    for (const { client } of browser.tabs) {
      expect(client.state).toMatchObject({ status: "closed", signedOut: true, items: [] });
    }
  });

  it("is over for all tabs when somebody signs in in another", async () => {
    await open(3);
    server.signOut();
    await seconds(60);
    server.account = "anna";
    await open(1);
    await stream(1);
    expectWhole();
    expect(server.sockets.length).toBe(2);
  });

  it("is looked at again when somebody comes back to any tab", async () => {
    await open(2);
    server.signOut();
    await seconds(60);
    for (const tab of browser.tabs) tab.show();
    await seconds(1);
    expect(server.sockets.length).toBe(2);
    server.account = "anna";
    browser.tabs[1]?.show();
    await seconds(1);
    expectWhole();
  });
});

describe("another account in the same browser", () => {
  it("has a socket of its own, and tabs that come to it leave those of the former", async () => {
    server.inbox("bert").notify();
    const annas = await open(2);
    server.signOut();
    server.account = "bert";
    const [berts] = await open(1, { user: "9" });
    for (const tab of annas) tab.show();
    await seconds(1);
    expect(annas.map((tab) => tab.client.state.inbox)).toEqual(["bert", "bert"]);
    expect(server.open.length).toBe(2); // of the tab that is Bert's, and of those that were Anna's

    // Nobody has signed out: those sockets go on.
    server.account = "anna";
    const [again] = await open(1);
    expect(again?.client.state.inbox).toBe("anna");
    server.notify("bert");
    await seconds(1);
    expect(again?.arrived).toEqual([]);
    expect([berts, ...annas].map((tab) => tab?.arrived)).toEqual([[2], [2], [2]]);
  });
});
