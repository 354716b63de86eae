/** The bindings for Vue, in Vue itself. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type App, createApp, defineComponent, h, nextTick, ref } from "vue";
import { registry } from "../src/client/registry";
import { NotifyBell, useNotifications } from "../src/package/vue";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

const ADDRESS = { wsUrl: "/ws/", apiUrl: "/api/", user: "7" };

const user = ref("7");
let app: App | undefined;
let place: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeWebSocket);
  installPopover();
  FakeWebSocket.made = [];
  user.value = "7";
  place = document.createElement("main");
  document.body.replaceChildren(place);
});

afterEach(async () => {
  app?.unmount();
  await settled();
});

const Inbox = defineComponent(() => {
  const inbox = useNotifications(() => ({ ...ADDRESS, user: user.value }));
  const read = () => inbox.value.client?.markRead([1]);
  const rows = () => inbox.value.state?.items.map(({ message }) => h("li", message));
  return () => h("ul", { onClick: read }, rows());
});

function mount(component: Parameters<typeof createApp>[0]): void {
  app = createApp(component);
  app.mount(place);
}

async function greet(): Promise<void> {
  const server = FakeWebSocket.last();
  server.serverOpens();
  const { id } = server.request("hello");
  server.serverSends({ id, ping: 25, ...reset(10, [item(1, 10, { message: "First" })]) });
  await nextTick();
}

it("a composable renders the inbox, and again at each change", async () => {
  mount(Inbox);
  await greet();
  expect(place.textContent).toBe("First");
  FakeWebSocket.last().serverSends(push(11, [item(2, 11, { message: "Second" })]));
  await nextTick();
  expect(place.textContent).toBe("SecondFirst");
  place.querySelector("ul")?.click();
  expect(FakeWebSocket.last().request("read").args).toEqual({ ids: [1] });
});

it("the connection ends with the component", async () => {
  mount(Inbox);
  expect(registry().size).toBe(1);
  app?.unmount();
  app = undefined;
  await settled();
  expect(registry().size).toBe(0);
});

it("another user gets another connection, and sees nothing of the first", async () => {
  mount(Inbox);
  await greet();
  user.value = "8";
  await nextTick();
  await settled();
  expect(FakeWebSocket.made.length).toBe(2);
  expect(registry().size).toBe(1);
  expect(place.textContent).toBe("");
});

it("the bell is an element with attributes and listeners", async () => {
  const heard: unknown[] = [];
  const listener = ({ detail }: CustomEvent<{ unread: number }>) => heard.push(detail.unread);
  const attributes = { "ws-url": "/ws/", "api-url": "/api/", user: "7", unread: 3 };
  mount(() => h(NotifyBell, { ...attributes, "onNotify-unread-change": listener }));
  await vi.dynamicImportSettled();
  expect(place.querySelector("notify-bell")?.getAttribute("ws-url")).toBe("/ws/");
  await greet();
  await vi.waitFor(() => expect(heard).toEqual([1]));
});
