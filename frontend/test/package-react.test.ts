/** The bindings for React, in React itself. */

import { act, createElement, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { registry } from "../src/client/registry";
import { NotifyBell, useNotifications } from "../src/package/react";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

const ADDRESS = { wsUrl: "/ws/", apiUrl: "/api/", user: "7" };

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("WebSocket", FakeWebSocket);
  installPopover();
  FakeWebSocket.made = [];
  place = document.createElement("main");
  document.body.replaceChildren(place);
  root = createRoot(place);
});

afterEach(async () => {
  await act(async () => root.unmount());
  await settled();
});

function Inbox({ user = "7" }: { user?: string }) {
  const { client, state } = useNotifications({ ...ADDRESS, user });
  const read = () => client?.markRead([1]);
  return createElement(
    "ul",
    { onClick: read },
    state?.items.map(({ id, message }) => createElement("li", { key: id }, message)),
  );
}

function greet(): Promise<void> {
  const server = FakeWebSocket.last();
  server.serverOpens();
  const { id } = server.request("hello");
  return act(async () => {
    server.serverSends({ id, ping: 25, ...reset(10, [item(1, 10, { message: "First" })]) });
  });
}

it("a hook renders the inbox, and again at each change", async () => {
  await act(async () => root.render(createElement(Inbox)));
  await greet();
  expect(place.textContent).toBe("First");
  await act(async () => {
    FakeWebSocket.last().serverSends(push(11, [item(2, 11, { message: "Second" })]));
  });
  expect(place.textContent).toBe("SecondFirst");
  place.querySelector("ul")?.click();
  expect(FakeWebSocket.last().request("read").args).toEqual({ ids: [1] });
});

it("components share one connection, also in strict mode, and the last one ends it", async () => {
  const both = createElement("div", {}, createElement(Inbox), createElement(Inbox));
  await act(async () => root.render(createElement(StrictMode, {}, both)));
  await settled();
  expect(registry().size).toBe(1);
  expect(FakeWebSocket.made.length).toBe(1);
  await act(async () => root.render(null));
  await settled();
  expect(registry().size).toBe(0);
});

it("another user gets another connection, and sees nothing of the first", async () => {
  await act(async () => root.render(createElement(Inbox)));
  await greet();
  await act(async () => root.render(createElement(Inbox, { user: "8" })));
  await settled();
  expect(FakeWebSocket.made.length).toBe(2);
  expect(place.textContent).toBe("");
});

it("the bell is an element with attributes, texts and listeners", async () => {
  const heard: unknown[] = [];
  const bell = createElement(NotifyBell, {
    ...ADDRESS,
    unread: 3,
    messages: { trigger: "{count} neu" },
    onUnreadChange: ({ detail }) => heard.push(detail.unread),
  });
  await act(async () => root.render(bell));
  await vi.dynamicImportSettled();
  const element = place.querySelector("notify-bell");
  expect(element?.getAttribute("ws-url")).toBe("/ws/");
  expect(element?.shadowRoot?.querySelector(".trigger")?.getAttribute("aria-label")).toBe("3 neu");
  await greet();
  await vi.waitFor(() => expect(heard).toEqual([1]));
});

it("a server renders the page without a browser's globals", () => {
  expect(renderToString(createElement(Inbox))).toBe("<ul></ul>");
  const html = renderToString(createElement(NotifyBell, ADDRESS));
  expect(html).toBe('<notify-bell ws-url="/ws/" api-url="/api/" user="7"></notify-bell>');
});
