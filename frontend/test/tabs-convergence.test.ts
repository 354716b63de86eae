// @vitest-environment node
/** Whatever becomes of the tabs and of their connection, in the end each shows the database. */

import { describe, expect, it } from "vitest";
import { Browser, type Tab } from "./browser";
import { act, dice } from "./chance";
import { expectSame } from "./database";
import { Server } from "./server";

type Roll = (sides: number) => number;

/** Something happens to a tab. */
function befall(browser: Browser, tab: Tab, roll: Roll): void {
  switch (roll(9)) {
    case 0:
      tab.kill();
      break;
    case 1:
      tab.freeze();
      break;
    case 2:
      tab.leave();
      break;
    case 3:
      tab.stuck = true;
      break;
    case 4:
      tab.hide();
      break;
    case 5:
      if (!tab.stuck) tab.show();
      break;
    case 6:
      wakeUp(tab);
      break;
    case 7:
      if (tab.client.state.status === "open") void tab.client.archive([1 + roll(30)]);
      break;
    default:
      if (browser.tabs.length < 6) browser.open({ hidden: roll(2) === 0 });
  }
}

/** Something happens to a connection, at the server or on the way. */
function disturb(server: Server, roll: Roll): void {
  const { open } = server;
  const socket = open[roll(open.length)];
  switch (roll(5)) {
    case 0:
      socket?.sendAway(1006);
      break;
    case 1:
      socket?.sendAway(4001, [1, 3]);
      break;
    case 2:
      if (socket) socket.broken = true;
      break;
    case 3:
      server.ignored.add("sync");
      break;
    default:
      server.ignored.clear();
  }
}

function wakeUp(tab: Tab): void {
  tab.comeBack();
  tab.resume();
}

async function live(seed: number): Promise<void> {
  const roll = dice(seed);
  const server = new Server();
  const browser = new Browser(server, () => roll(1000) / 1000);
  const database = server.inbox("anna");
  browser.open();

  for (let step = 0; step < 60; step += 1) {
    await browser.run(roll(4) ? roll(200) : roll(9000));
    server.push(act(database, roll));
    database.meanwhile = roll(3) ? null : () => server.push(act(database, roll));
    const tab = browser.tabs[roll(browser.tabs.length)];
    if (tab && roll(3) === 0) befall(browser, tab, roll);
    if (roll(12) === 0) disturb(server, roll);
  }

  server.ignored.clear();
  database.meanwhile = null;
  browser.open();
  for (const tab of browser.tabs) {
    wakeUp(tab);
    tab.show();
  }
  await browser.run(90_000);
  expect(server.open.filter((socket) => !socket.broken).length).toBe(1);
  for (const { client, arrivals } of browser.tabs) {
    const { items, unread, unseen, hasMore, status } = client.state;
    expect(status).toBe("open");
    const bottom = hasMore ? (items.at(-1)?.seq ?? null) : null;
    expectSame({ items, unread, unseen, bottom, rev: database.rev }, database);
    const seqs = arrivals.map((one) => one.seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  }
}

describe("all tabs of a browser", () => {
  it("show what the database holds, whoever of them was killed, frozen or stuck", async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      try {
        await live(seed);
      } catch (error) {
        throw new Error(`Seed ${seed} diverged.`, { cause: error });
      }
    }
  }, 120_000);
});
