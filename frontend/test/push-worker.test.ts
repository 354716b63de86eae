/** The service worker: whatever is pushed, something is shown; a click opens it and reads it. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { install, type WorkerEvent, type WorkerScope } from "../src/push/push-worker";

type Listener = (event: WorkerEvent) => void;

const SITE = "https://example.com/notifications";
const listeners = new Map<string, Listener>();
const shown = vi.fn(async (_title: string, _options?: object) => undefined);
const openWindow = vi.fn(async (_url: string) => undefined);
const setAppBadge = vi.fn(async (_count?: number) => undefined);
const clearAppBadge = vi.fn(async () => undefined);
const focus = vi.fn(async () => undefined);
const getSubscription = vi.fn(async () => null);
const requests: [string, RequestInit][] = [];
let windows: string[] = [];

/** What a browser gives a service worker, and remembers of it. */
const scope = {
  location: { href: `${SITE}/push-worker.js`, hostname: "example.com" },
  navigator: { setAppBadge, clearAppBadge },
  registration: { showNotification: shown, pushManager: { getSubscription } },
  clients: {
    matchAll: async () => windows.map((url) => ({ url, focus })),
    openWindow,
  },
  skipWaiting: async () => undefined,
  addEventListener: (name: string, listener: Listener) => void listeners.set(name, listener),
} as unknown as WorkerScope;

beforeEach(() => {
  vi.clearAllMocks();
  windows = [];
  requests.length = 0;
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    requests.push([url, init]);
    return new Response(JSON.stringify({ csrf_token: "token", browsers: [], key: "" }));
  });
  install(scope);
});

afterEach(() => listeners.clear());

/** Dispatches an event, and waits for what the worker does. */
async function dispatch(name: string, event: Partial<WorkerEvent> = {}): Promise<void> {
  const work: Promise<unknown>[] = [];
  listeners.get(name)?.({ waitUntil: (one) => void work.push(one), ...event });
  await Promise.all(work);
}

function push(payload: unknown): Promise<void> {
  return dispatch("push", { data: { json: () => payload } });
}

async function click(data: unknown): Promise<ReturnType<typeof vi.fn>> {
  const close = vi.fn();
  await dispatch("notificationclick", { notification: { data, close } });
  return close;
}

it("shows a declarative message as it says", async () => {
  await push({
    web_push: 8030,
    app_badge: 3,
    notification: {
      title: "Tea",
      body: "In the kitchen",
      navigate: "https://example.com/notifications/go/7/",
      lang: "de",
      dir: "ltr",
      tag: "abc",
      timestamp: 12,
      app_badge: "3",
      data: { url: "/tea/" },
    },
  });

  expect(shown).toHaveBeenCalledTimes(1);
  const [title, options] = shown.mock.lastCall ?? [];
  expect(title).toBe("Tea");
  expect(options).toMatchObject({
    body: "In the kitchen",
    lang: "de",
    dir: "ltr",
    tag: "abc",
    timestamp: 12,
    data: { opens: `${SITE}/go/7/`, leads: "https://example.com/tea/" },
  });
  expect(setAppBadge).toHaveBeenCalledWith(3);
});

it("makes itself heard again when it replaces a notification, which needs a tag", async () => {
  await push({ notification: { title: "Tea", tag: "abc" } });
  expect(shown.mock.lastCall?.[1]).toMatchObject({ renotify: true });
  await push({ notification: { title: "Tea" } });
  expect(shown.mock.lastCall?.[1]).toMatchObject({ renotify: false });
});

it("clears the badge when nothing is unread", async () => {
  await push({ app_badge: 0, notification: { title: "Tea" } });
  expect(clearAppBadge).toHaveBeenCalledTimes(1);
  expect(setAppBadge).not.toHaveBeenCalled();
});

it.each([
  ["rejects", () => Promise.reject(new Error("not installed"))],
  ["throws", () => undefined],
])("shows the notification though the badge %s", async (_name, set) => {
  setAppBadge.mockImplementationOnce(set as () => Promise<undefined>);
  await push({ app_badge: 2, notification: { title: "Tea" } });
  expect(shown).toHaveBeenCalledTimes(1);
});

it.each([
  ["nothing", {}],
  ["no JSON", { data: { json: () => JSON.parse("no JSON") } }],
  ["null", { data: { json: () => null } }],
  ["a number", { data: { json: () => 7 } }],
  ["no notification", { data: { json: () => ({ notification: null }) } }],
  ["no title", { data: { json: () => ({ notification: { title: 7, tag: {} } }) } }],
  ["no address", { data: { json: () => ({ notification: { navigate: "https://" } }) } }],
])("is never silent: %s", async (_name, event) => {
  await dispatch("push", event as Partial<WorkerEvent>);
  expect(shown).toHaveBeenCalledTimes(1);
  expect(shown.mock.lastCall?.[0]).toBe("example.com");
  const options = shown.mock.lastCall?.[1] as { data: unknown } | undefined;
  await click(options?.data);
  expect(openWindow).toHaveBeenCalledWith(`${SITE}/`);
});

it("opens the address that marks the notification as read", async () => {
  windows = ["https://example.com/other/"];
  const close = await click({ opens: `${SITE}/go/7/`, leads: "https://example.com/tea/" });
  expect(close).toHaveBeenCalledTimes(1);
  expect(openWindow).toHaveBeenCalledWith(`${SITE}/go/7/`);
  expect(focus).not.toHaveBeenCalled();
});

it("focuses the page that is open already, and marks the notification as read", async () => {
  windows = ["https://example.com/other/", "https://example.com/tea/"];
  await click({ opens: `${SITE}/go/7/`, leads: "https://example.com/tea/" });
  expect(focus).toHaveBeenCalledTimes(1);
  expect(openWindow).not.toHaveBeenCalled();
  expect(requests).toEqual([[`${SITE}/go/7/`, { redirect: "manual", credentials: "same-origin" }]]);
});

it("opens the inbox for a notification of an older worker", async () => {
  await click(undefined);
  expect(openWindow).toHaveBeenCalledWith(`${SITE}/`);
});

it("tells the server of a subscription that takes the place of another", async () => {
  const subscription = { endpoint: "https://push.example/2" } as PushSubscription;
  await dispatch("pushsubscriptionchange", { newSubscription: subscription });
  const [, [url, init]] = requests as [unknown, [string, RequestInit]];
  expect(url).toBe(`${SITE}/api/push/`);
  expect(init).toMatchObject({ method: "POST", body: JSON.stringify(subscription) });
  expect(init.headers).toMatchObject({ "X-CSRFToken": "token" });
});

it("asks for nothing when the browser has ended the subscription", async () => {
  await dispatch("pushsubscriptionchange", { newSubscription: null });
  expect(requests).toEqual([]);
});
