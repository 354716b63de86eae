/** The elements of the npm package, which find each other's modules by imports and not by URLs. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { queueName } from "../src/client/stored-queue";
import { item, push, reset } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

const ADDRESS = 'ws-url="/ws/" api-url="/api/" user="7"';
const NOWHERE = 'bell-url="/nowhere.js" panel-url="/nowhere.js" menu-url="/nowhere.js"';

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeWebSocket);
  installPopover();
  FakeWebSocket.made = [];
});

afterEach(async () => {
  document.body.innerHTML = "";
  localStorage.clear();
  await Promise.resolve();
});

it("toasts that are in the page already have the client, and what it acts with, without a bell", async () => {
  const operation = { key: "k", command: "read", args: { ids: [1] }, at: Date.now() };
  const queue = { version: 1, inbox: "mine", operations: [operation] };
  localStorage.setItem(queueName("/api/", "7"), JSON.stringify(queue));
  document.body.innerHTML = `<notify-toasts ${ADDRESS} ${NOWHERE}></notify-toasts>`;
  await import("../src/package/toasts");
  await vi.dynamicImportSettled();

  const server = FakeWebSocket.last();
  server.serverOpens();
  const { id } = server.request("hello");
  server.serverSends({ id, ping: 25, ...reset(10, [item(1, 10)], { inbox: "mine" }) });
  await vi.waitFor(() => expect(server.request("read").args).toMatchObject({ ids: [1] }));
  server.serverSends(push(11, [item(2, 11, { message: "Tea" })]));
  const shown = document.querySelector("notify-toasts")?.shadowRoot;
  expect(shown?.querySelector('[part="toast"]')?.textContent).toContain("Tea");
});

it("alerts share the client of a bell", async () => {
  document.body.innerHTML =
    `<notify-alerts ${ADDRESS} ${NOWHERE}></notify-alerts>` +
    `<notify-bell ${ADDRESS} ${NOWHERE}></notify-bell>`;
  await import("../src/package/alerts");
  await import("../src/package/bell");
  await vi.dynamicImportSettled();

  const client = document.querySelector("notify-bell")?.client;
  expect(client).toBeTruthy();
  expect(document.querySelector("notify-alerts")?.client).toBe(client);
  expect(FakeWebSocket.made.length).toBe(1);
});
