import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NotifyAlertsElement } from "../src/alerts/notify-alerts-element-define";
import type { Item } from "../src/wire/protocol";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

/** The notifications of the system, as far as the element uses them; happy-dom has none. */
class FakeNotification {
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static asked = 0;
  static shown: FakeNotification[] = [];
  onclick: (() => void) | null = null;

  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    FakeNotification.shown.push(this);
  }

  static async requestPermission(): Promise<NotificationPermission> {
    FakeNotification.asked += 1;
    FakeNotification.permission = FakeNotification.answer;
    return FakeNotification.permission;
  }

  close(): void {
    FakeNotification.shown = FakeNotification.shown.filter((one) => one !== this);
  }
}

let alerts: NotifyAlertsElement;
let rev = 10;
let badges: number[];

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  vi.stubGlobal("Notification", FakeNotification);
  Object.assign(FakeNotification, {
    permission: "default",
    answer: "granted",
    asked: 0,
    shown: [],
  });
  badges = [];
  Object.assign(navigator, {
    setAppBadge: async (count: number) => void badges.push(count),
    clearAppBadge: async () => void badges.push(0),
  });
  // A browser with this one tab, which gets every lock.
  const request = async (_name: string, _options: object, work: () => unknown) => work();
  Object.defineProperty(navigator, "locks", { configurable: true, value: { request } });
  installPopover();
  await import("../src/alerts/notify-alerts-element-define");
  FakeWebSocket.made = [];
  rev = 10;
  document.title = "My site";
  localStorage.clear();
});

afterEach(async () => {
  document.body.innerHTML = "";
  await settled();
  Reflect.deleteProperty(navigator, "locks");
  vi.useRealTimers();
});

async function open(attributes: string, items: Item[] = []): Promise<void> {
  document.body.innerHTML =
    '<notify-alerts ws-url="/ws/" api-url="/api/" inbox-url="/inbox/" user="7" lang="en" ' +
    'bell-url="/src/bell/notify-bell-element-define.ts" panel-url="/src/panel/notify-panel.ts" ' +
    `${attributes}></notify-alerts>`;
  alerts = document.querySelector("notify-alerts") as NotifyAlertsElement;
  await equipped();
  const server = FakeWebSocket.last();
  server.serverOpens();
  server.serverSends({ id: server.request("hello").id, ping: 0, ...reset(rev, items) });
  await settled();
}

async function equipped(): Promise<void> {
  await vi.dynamicImportSettled();
  await settled();
}

/** Sends items that arrive at once, and lets a burst end. */
async function arrive(unread: number, ...items: Partial<Item>[]): Promise<void> {
  rev += 1;
  const put = items.map((more, at) => item(rev * 100 + at, rev, more));
  FakeWebSocket.last().serverSends(push(rev, put, { unread }));
  await settled();
  vi.advanceTimersByTime(1_000);
}

function switchOf(label: string): HTMLElement {
  const found = alerts.shadowRoot?.querySelector<HTMLElement>(`[aria-label="${label}"]`);
  if (!found) throw new Error(`There is no switch ${label}.`);
  return found;
}

function hide(): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(true);
}

describe("the count in the title", () => {
  it("follows the count and the title, and goes with the last one", async () => {
    await open("title-count", [item(1, 10)]);
    expect(document.title).toBe("(1)\u00a0My site");
    await arrive(120, {});
    expect(document.title).toBe("(99+)\u00a0My site");
    document.title = "Another page";
    await settled();
    expect(document.title).toBe("(99+)\u00a0Another page");
    await arrive(0, {});
    expect(document.title).toBe("Another page");
  });

  it("leaves a number of the page's own alone, and goes with the element", async () => {
    document.title = "(2024) Report";
    await open("title-count", [item(1, 10)]);
    expect(document.title).toBe("(1)\u00a0(2024) Report");
    alerts.remove();
    expect(document.title).toBe("(2024) Report");
    document.title = "Later";
    await settled();
    expect(document.title).toBe("Later");
  });

  it("is there only if the page wants it", async () => {
    await open("", [item(1, 10)]);
    expect(document.title).toBe("My site");
    alerts.setAttribute("title-count", "");
    expect(document.title).toBe("(1)\u00a0My site");
  });
});

describe("the badge of the app", () => {
  it("shows each count once, and none that is not known yet", async () => {
    await open("app-badge", [item(1, 10)]);
    await arrive(2, {});
    FakeWebSocket.last().serverSends({ rev: 12, unread: 2, unseen: 0, seen: { upto: 11 } });
    FakeWebSocket.last().serverSends({ rev: 13, unread: 0, unseen: 0, read: { upto: 11 } });
    await settled();
    expect(badges).toEqual([1, 2, 0]);
  });
});

describe("the desktop", () => {
  async function openWithDesktop(): Promise<void> {
    await open("desktop");
    switchOf("Desktop notifications").click();
    await settled();
  }

  it("is asked for by a click alone, and remembered for this person", async () => {
    await open("desktop");
    expect(FakeNotification.asked).toBe(0);
    expect(switchOf("Desktop notifications").getAttribute("aria-checked")).toBe("false");
    switchOf("Desktop notifications").click();
    await settled();
    expect(FakeNotification.asked).toBe(1);
    expect(switchOf("Desktop notifications").getAttribute("aria-checked")).toBe("true");
    await open("desktop");
    expect(switchOf("Desktop notifications").getAttribute("aria-checked")).toBe("true");
    alerts.setAttribute("user", "8");
    await equipped();
    alerts.messages = {};
    expect(switchOf("Desktop notifications").getAttribute("aria-checked")).toBe("false");
  });

  it("can be switched on and off where the browser keeps nothing", async () => {
    const forbid = () => {
      throw new DOMException("no", "SecurityError");
    };
    vi.stubGlobal("localStorage", { getItem: forbid, setItem: forbid, removeItem: forbid });
    await openWithDesktop();
    expect(switchOf("Desktop notifications").getAttribute("aria-checked")).toBe("true");
    switchOf("Desktop notifications").click();
    await settled();
    expect(switchOf("Desktop notifications").getAttribute("aria-checked")).toBe("false");
    vi.unstubAllGlobals();
  });

  it("stays off when the browser or the person refuses", async () => {
    FakeNotification.answer = "denied";
    await openWithDesktop();
    const element = switchOf("Desktop notifications");
    expect(element.getAttribute("aria-checked")).toBe("false");
    expect(element.getAttribute("aria-disabled")).toBe("true");
    expect(element.textContent).toContain("blocks notifications");
  });

  it("shows what arrives while the page is hidden, under the name of the item", async () => {
    await openWithDesktop();
    await arrive(1, { message: "Seen on the page" });
    hide();
    await arrive(2, { id: 4, message: "Tea", description: "In the kitchen" });
    expect(FakeNotification.shown).toMatchObject([
      { title: "Tea", options: { body: "In the kitchen", tag: "realtime-notify-4", lang: "en" } },
    ]);
  });

  it("opens the item by a click, as the panel does", async () => {
    const chosen = vi.fn((event: Event) => event.preventDefault());
    document.addEventListener("notify-click", chosen, { once: true });
    await openWithDesktop();
    hide();
    await arrive(1, { id: 4, url: "/posts/1/" });
    FakeNotification.shown[0]?.onclick?.();
    await equipped();
    expect(chosen.mock.calls[0]?.[0]).toMatchObject({ detail: { item: { id: 4 } } });
    expect(FakeWebSocket.last().request("read").args).toEqual({ ids: [4] });
    expect(FakeNotification.shown).toEqual([]);
  });

  it("is told of a burst once", async () => {
    await openWithDesktop();
    hide();
    await arrive(5, {}, {}, {}, {}, {});
    expect(FakeNotification.shown.map(({ title }) => title)).toEqual(["5 new notifications"]);
  });

  it("is cleared of what is read elsewhere, and when the page is looked at", async () => {
    await openWithDesktop();
    hide();
    await arrive(2, { id: 1, message: "Tea" }, { id: 2, message: "Cake" });
    FakeWebSocket.last().serverSends({ rev: 12, unread: 1, unseen: 1, read: { ids: [1] } });
    await settled();
    expect(FakeNotification.shown.map(({ title }) => title)).toEqual(["Cake"]);
    vi.spyOn(document, "hidden", "get").mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(FakeNotification.shown).toEqual([]);
  });

  it("is left to Web Push where this person has it in this browser", async () => {
    await openWithDesktop();
    hide();
    localStorage.setItem("realtime-notify-push", "7");
    await arrive(1, {});
    expect(FakeNotification.shown).toEqual([]);
  });
});

describe("the sound", () => {
  it("is off until somebody turns it on, who hears it at once", async () => {
    const played: string[] = [];
    vi.stubGlobal(
      "Audio",
      class {
        constructor(readonly url: string) {}
        async play(): Promise<void> {
          played.push(this.url);
        }
      },
    );
    Object.assign(navigator, { userActivation: { hasBeenActive: true } });
    await open('sound="/ding.mp3"');
    await arrive(1, {});
    expect(played).toEqual([]);
    switchOf("Sound").click();
    expect(played).toEqual(["/ding.mp3"]);
    await arrive(3, {}, {});
    expect(played.length).toBe(2);
    Object.assign(navigator, { userActivation: { hasBeenActive: false } });
    await arrive(4, {});
    expect(played.length).toBe(2);
  });
});
