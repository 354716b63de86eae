/** Importing is inert, and the bundle that defines the element can be loaded twice. */

import { beforeEach, expect, it, vi } from "vitest";
import { FakeWebSocket } from "./fake-socket";

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeWebSocket);
  FakeWebSocket.made = [];
});

it("importing the client opens nothing and leaves nothing behind", async () => {
  const before = Object.getOwnPropertySymbols(globalThis).length;
  const { connect } = await import("../src/client/index");
  expect(connect).toBeTypeOf("function");
  expect(FakeWebSocket.made.length).toBe(0);
  expect(Object.getOwnPropertySymbols(globalThis).length).toBe(before);
});

it("a page script and a bell share one client", async () => {
  const { connect } = await import("../src/client/index");
  await import("../src/bell/notify-bell-element-define");
  const client = connect({ wsUrl: "/ws/", apiUrl: "/api/", user: "7" });
  document.body.innerHTML = '<notify-bell ws-url="/ws/" api-url="/api/" user="7"></notify-bell>';
  expect(document.querySelector("notify-bell")?.client).toBe(client);
  expect(FakeWebSocket.made.length).toBe(1);

  document.body.innerHTML = "";
  await Promise.resolve();
  expect(FakeWebSocket.last().readyState).toBe(FakeWebSocket.CONNECTING);
  client.disconnect();
});

it("a bell shares a client whose socket's address is asked for at each connection", async () => {
  const { connect } = await import("../src/client/index");
  await import("../src/bell/notify-bell-element-define");
  const asked = vi.fn(() => "wss://api.example.com/ws/");
  const apiUrl = "https://api.example.com/api/";
  const client = connect({ wsUrl: asked, apiUrl, user: "7", credentials: "include" });
  document.body.innerHTML = `<notify-bell ws-url="" api-url="${apiUrl}" user="7"></notify-bell>`;
  expect(document.querySelector("notify-bell")?.client).toBe(client);
  expect(asked).toHaveBeenCalledOnce();
  document.body.innerHTML = "";
  client.disconnect();
});

it("the element is defined once, however often its bundle is loaded", async () => {
  await import("../src/bell/notify-bell-element-define");
  vi.resetModules();
  await expect(import("../src/bell/notify-bell-element-define")).resolves.toBeDefined();
});
