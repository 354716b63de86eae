/** The switch: what it shows, what it asks for, and that it keeps accounts apart. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { NotifyPushElement } from "../src/push/notify-push-element-define";
import type { PushState } from "../src/push/push-switch";

const KEY = "BAUG_w";
const ENDPOINT = "https://push.example/1";
const SCOPE = new URL("/notifications/", location.href).href;
const MARKUP = `<notify-push key="${KEY}" user="7"></notify-push>`;

interface Request {
  url: string;
  method: string;
  token: string | undefined;
  body: unknown;
}

/** The browser: what its user allows, and the subscription that it has. */
let permission: NotificationPermission;
let answer: NotificationPermission;
let asked: number;
let subscribedWith: Uint8Array | null;
let scope: string;
let registered: boolean;

/** The server: whom it pushes to, and what it was asked. */
let browsers: { id: number; digest: string }[];
let requests: Request[];
let status: number;

const subscription = {
  endpoint: ENDPOINT,
  get options() {
    return { applicationServerKey: subscribedWith?.buffer ?? null };
  },
  toJSON: () => ({ endpoint: ENDPOINT }),
  unsubscribe: async () => {
    subscribedWith = null;
    return true;
  },
};

const registration = {
  get scope() {
    return scope;
  },
  active: {},
  pushManager: {
    getSubscription: async () => (subscribedWith ? subscription : null),
    subscribe: async (options: { userVisibleOnly: boolean; applicationServerKey: Uint8Array }) => {
      expect(options.userVisibleOnly).toBe(true);
      subscribedWith = options.applicationServerKey;
      return subscription;
    },
  },
};

beforeEach(async () => {
  permission = "default";
  answer = "granted";
  asked = 0;
  subscribedWith = null;
  registered = false;
  scope = SCOPE;
  browsers = [];
  requests = [];
  status = 200;
  localStorage.clear();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.stubGlobal("PushManager", class {});
  vi.stubGlobal("Notification", {
    get permission() {
      return permission;
    },
    requestPermission: async () => {
      asked += 1;
      permission = answer;
      return permission;
    },
  });
  const worker = {
    register: async () => {
      registered = true;
      return registration;
    },
    getRegistration: async () => (registered ? registration : undefined),
  };
  Object.defineProperty(navigator, "serviceWorker", { value: worker, configurable: true });
  vi.stubGlobal("fetch", serve);
  await import("../src/push/notify-push-element-define");
});

afterEach(() => {
  document.body.innerHTML = "";
  Reflect.deleteProperty(navigator, "serviceWorker");
});

async function serve(url: string, init: RequestInit = {}): Promise<Response> {
  const method = init.method ?? "GET";
  const headers = init.headers as Record<string, string> | undefined;
  requests.push({
    url,
    method,
    token: headers?.["X-CSRFToken"],
    body: init.body ? JSON.parse(String(init.body)) : null,
  });
  if (status !== 200) return new Response("{}", { status });
  if (method === "POST") browsers = [{ id: 1, digest: await digest() }];
  if (method === "DELETE") browsers = [];
  return new Response(JSON.stringify({ key: KEY, browsers, csrf_token: "token" }));
}

async function digest(): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ENDPOINT));
  return Buffer.from(bytes).toString("hex");
}

/** Shows the element as on a fresh page, and waits until it knows its state. */
async function load(markup = MARKUP): Promise<NotifyPushElement> {
  document.body.innerHTML = markup;
  const element = document.querySelector("notify-push") as NotifyPushElement;
  await element.refresh();
  return element;
}

function part(element: NotifyPushElement, name: string): HTMLElement {
  return element.shadowRoot?.querySelector(`[part=${name}]`) as HTMLElement;
}

/** Clicks the button, and waits for what follows. */
async function click(element: NotifyPushElement): Promise<PushState | null> {
  part(element, "switch").click();
  await element.refresh();
  return element.state;
}

it("explains itself, and neither asks nor registers anything before a click", async () => {
  const element = await load();
  expect(element.dataset.state).toBe("off");
  expect(part(element, "text").textContent).toContain("will ask for permission first");
  expect(part(element, "switch").hidden).toBe(false);
  expect([asked, registered, requests]).toEqual([0, false, []]);
});

it("asks, subscribes with the site's key and tells the server", async () => {
  const element = await load();
  expect(await click(element)).toBe("on");
  expect(asked).toBe(1);
  expect([...(subscribedWith ?? [])]).toEqual([4, 5, 6, 255]);
  const told = requests.find(({ method }) => method === "POST");
  expect(told).toEqual({
    url: "/notifications/api/push/",
    method: "POST",
    token: "token",
    body: { endpoint: ENDPOINT },
  });
});

it("shows what the user has decided", async () => {
  answer = "denied";
  const element = await load();
  expect(await click(element)).toBe("blocked");
  expect(part(element, "switch").hidden).toBe(true);
  expect(registered).toBe(false);
});

it("stays off when the user has closed the question", async () => {
  answer = "default";
  expect(await click(await load())).toBe("off");
});

it("is on when the page is loaded again, without a change on the server", async () => {
  await click(await load());
  requests = [];
  expect((await load()).state).toBe("on");
  expect(requests.map(({ method }) => method)).not.toContain("POST");
});

it("can be turned off", async () => {
  const element = await load();
  await click(element);
  expect(await click(element)).toBe("off");
  expect(browsers).toEqual([]);
  expect(subscribedWith).toBeNull();
  expect((await load()).state).toBe("off");
});

it("is off at once, though the server cannot be reached", async () => {
  const element = await load();
  await click(element);
  status = 503;
  expect(await click(element)).toBe("off");
  expect(subscribedWith).toBeNull();
  expect(part(element, "error").textContent).toBe("");
});

it("registers again what the server has forgotten, such as by signing out", async () => {
  await click(await load());
  browsers = [];
  expect((await load()).state).toBe("on");
  expect(browsers).toHaveLength(1);
});

it("ends the subscription of another account, and does not ask for this one", async () => {
  await click(await load());
  requests = [];
  const element = await load(MARKUP.replace('user="7"', 'user="8"'));
  expect(element.state).toBe("off");
  expect(subscribedWith).toBeNull();
  expect([asked, requests]).toEqual([1, []]);
  expect((await load()).state).toBe("off");
});

it("follows an account that changes on the page", async () => {
  const element = await load();
  await click(element);
  element.setAttribute("user", "8");
  await element.refresh();
  expect(element.state).toBe("off");
});

it("subscribes again when the site has another key", async () => {
  await click(await load());
  const element = await load(MARKUP.replace(KEY, "BAUH"));
  expect(element.state).toBe("on");
  expect([...(subscribedWith ?? [])]).toEqual([4, 5, 7]);
  expect(asked).toBe(1);
});

it("leaves the site's own service worker alone", async () => {
  scope = new URL("/", location.href).href;
  registered = true;
  subscribedWith = new Uint8Array([1]);
  expect((await load()).state).toBe("off");
  expect(subscribedWith).not.toBeNull();
});

it("keeps no subscription that the server refuses, and says that it failed", async () => {
  const element = await load();
  status = 429;
  part(element, "switch").click();
  await vi.waitFor(() => expect(part(element, "error").textContent).toContain("did not work"));
  expect(element.state).toBe("off");
  expect(subscribedWith).toBeNull();
  status = 200;
  expect(await click(element)).toBe("on");
  expect(part(element, "error").textContent).toBe("");
});

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64) Firefox/60", 0, "unsupported"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)", 5, "install"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605", 5, "install"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605", 0, "unsupported"],
])("says what a browser without push needs: %s, %d fingers", async (agent, fingers, state) => {
  Reflect.deleteProperty(globalThis, "PushManager");
  vi.spyOn(navigator, "userAgent", "get").mockReturnValue(agent);
  vi.spyOn(navigator, "maxTouchPoints", "get").mockReturnValue(fingers);
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  const element = await load();
  expect(element.state).toBe(state);
  expect(part(element, "switch").hidden).toBe(true);
});

it("tells the page when its state changes, and only then", async () => {
  const states: string[] = [];
  document.addEventListener("notify-push-change", (event) =>
    states.push((event as CustomEvent).detail.state),
  );
  const element = await load();
  await element.refresh();
  await click(element);
  expect(states).toEqual(["off", "on"]);
});

it("speaks with the texts that it is given", async () => {
  const element = await load();
  element.messages = { turnOn: "Einschalten" };
  expect(part(element, "switch").textContent).toBe("Einschalten");
  expect(part(element, "title").textContent).toBe("Notifications on this device");
});
