import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { NotifyToastsElement } from "../src/toasts/notify-toasts-element-define";
import type { Item } from "../src/wire/protocol";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

let toasts: NotifyToastsElement;
let rev = 10;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  vi.setSystemTime(new Date("2026-01-02T03:09:06Z"));
  installPopover();
  await import("../src/toasts/notify-toasts-element-define");
  FakeWebSocket.made = [];
  rev = 10;
  await open();
});

afterEach(async () => {
  document.body.innerHTML = "";
  await settled();
  vi.useRealTimers();
});

/** Opens a page whose inbox is known. */
async function open(attributes = "", items: Item[] = []): Promise<void> {
  document.body.innerHTML = "";
  await settled();
  document.body.innerHTML =
    '<notify-toasts ws-url="/ws/" api-url="/api/" inbox-url="/inbox/" user="7" lang="en" ' +
    'bell-url="/src/bell/notify-bell-element-define.ts" panel-url="/src/panel/notify-panel.ts" ' +
    `${attributes}></notify-toasts>`;
  toasts = document.querySelector("notify-toasts") as NotifyToastsElement;
  await vi.dynamicImportSettled();
  await settled();
  await greet(items);
}

async function greet(items: Item[] = []): Promise<void> {
  const server = FakeWebSocket.last();
  server.serverOpens();
  server.serverSends({ id: server.request("hello").id, ping: 0, ...reset(rev, items) });
  await settled();
}

/** Sends items that arrive at once. */
async function arrive(...items: Partial<Item>[]): Promise<void> {
  rev += 1;
  const put = items.map((more, at) => item(rev * 100 + at, rev, { message: `At ${rev}`, ...more }));
  FakeWebSocket.last().serverSends(push(rev, put));
  await settled();
}

function all(selector: string): HTMLElement[] {
  return [...(toasts.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])];
}

function titles(): (string | null)[] {
  return all(".item-title").map((title) => title.textContent);
}

function find(selector: string): HTMLElement {
  const [found] = all(selector);
  if (!found) throw new Error(`There is no ${selector} among the toasts.`);
  return found;
}

function click(selector: string): MouseEvent {
  const event = new MouseEvent("click", { bubbles: true, composed: true, cancelable: true });
  find(selector).dispatchEvent(event);
  return event;
}

/** Lets the part of the client that acts arrive. */
async function equipped(): Promise<void> {
  await vi.dynamicImportSettled();
  await settled();
}

function sent(command: string): unknown {
  return FakeWebSocket.last().request(command).args;
}

it("follows its address: told to open no socket, it closes the one it has", async () => {
  const socket = FakeWebSocket.last();
  toasts.setAttribute("socket", "off");
  await equipped();
  expect(socket.readyState).toBe(FakeWebSocket.CLOSING);
  expect(FakeWebSocket.last()).toBe(socket);
  expect(toasts.client?.state.status).toBe("polling");
});

describe("a card", () => {
  it("shows what arrives, and nothing of what was there before", async () => {
    await open("", [item(1, 10, { message: "Old" })]);
    expect(titles()).toEqual([]);
    const actor = { text: "Maria", url: "", type: "user", id: "3" };
    await arrive({
      message: "<b>Deploy</b>",
      description: "All regions.",
      level: "success",
      actor,
    });
    expect(titles()).toEqual(["<b>Deploy</b>"]);
    expect(find(".item-description").textContent).toBe("All regions.");
    expect(find(".meta").textContent).toMatch(/^Success · Maria · \d+:\d\d/);
    expect(find(".toast").dataset.level).toBe("success");
  });

  it("goes after a while, but stays as long as nobody can have read it", async () => {
    await arrive({});
    vi.advanceTimersByTime(7_900);
    expect(titles().length).toBe(1);
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    vi.advanceTimersByTime(60_000);
    expect(titles().length).toBe(1);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    vi.advanceTimersByTime(7_900);
    expect(titles().length).toBe(1);
    vi.advanceTimersByTime(200);
    expect(titles()).toEqual([]);
  });

  it("stays for ever if it is an error, or the page says so", async () => {
    await arrive({ level: "error" }, { level: "warning" });
    vi.advanceTimersByTime(60_000);
    expect(all(".toast").map((toast) => toast.dataset.level)).toEqual(["error"]);
    await open('duration="0"');
    await arrive({});
    vi.advanceTimersByTime(3_600_000);
    expect(titles().length).toBe(1);
  });

  it("is one for each notification, also when that is repeated", async () => {
    await arrive({ id: 5, message: "Disk is full" });
    await arrive({ id: 5, message: "Disk is full", occurrences: 2 });
    expect(titles()).toEqual(["Disk is full"]);
  });

  it("goes when it is read, archived or looked at in another place", async () => {
    await arrive({ id: 1 }, { id: 2 }, { id: 3 });
    const server = FakeWebSocket.last();
    server.serverSends({ rev: 12, unread: 2, unseen: 3, read: { ids: [1] } });
    await settled();
    expect(titles().length).toBe(2);
    server.serverSends({ rev: 13, unread: 1, unseen: 2, archive: { ids: [2] } });
    await settled();
    expect(titles().length).toBe(1);
    server.serverSends({ rev: 14, unread: 1, unseen: 0, seen: { upto: 13 } });
    await settled();
    expect(titles()).toEqual([]);
  });

  it("leads where the row in the panel leads, and may be stopped by the page", async () => {
    const chosen = vi.fn((event: Event) => event.preventDefault());
    await arrive({ id: 4, url: "/posts/1/" });
    expect(find(".item-title").getAttribute("href")).toBe("/inbox/go/4/");
    document.addEventListener("notify-click", chosen, { once: true });
    const event = click(".item-title");
    expect(event.defaultPrevented).toBe(true);
    expect(chosen.mock.calls[0]?.[0]).toMatchObject({
      detail: { item: { id: 4 }, originalEvent: event },
    });
    await equipped();
    expect(sent("read")).toEqual({ ids: [4] });
    expect(titles()).toEqual([]);
  });

  it("links to nothing that could run as a script", async () => {
    await arrive({ url: "javascript:alert(1)" });
    expect(find(".item-title").hasAttribute("href")).toBe(false);
  });

  it("has a button that marks it read and one that only closes it", async () => {
    await arrive({ id: 6, message: "Tea" }, { id: 7, message: "Cake" });
    expect(all("button").map((one) => one.getAttribute("aria-label"))).toEqual([
      "Mark as read: Cake",
      "Close: Cake",
      "Mark as read: Tea",
      "Close: Tea",
    ]);
    click(".close");
    expect(titles()).toEqual(["Tea"]);
    click(".mark-read");
    expect(titles()).toEqual([]);
    await equipped();
    expect(sent("read")).toEqual({ ids: [6] });
  });
});

describe("many of them", () => {
  it("are a few cards and a number", async () => {
    for (let count = 0; count < 7; count += 1) await arrive({});
    expect(titles()).toEqual(["At 17", "At 16", "At 15", "4 more"]);
    vi.advanceTimersByTime(9_000);
    expect(titles()).toEqual([]);
  });

  it("keep errors on the screen before all else", async () => {
    await open('max="2"');
    await arrive({ level: "error", message: "No answer" });
    for (let count = 0; count < 4; count += 1) await arrive({});
    expect(titles()).toEqual(["At 15", "No answer", "3 more"]);
  });

  it("are counted down as they are read elsewhere", async () => {
    await open('max="1"');
    for (const id of [1, 2, 3]) await arrive({ id });
    expect(titles()).toEqual(["At 13", "2 more"]);
    FakeWebSocket.last().serverSends({ rev: 14, unread: 2, unseen: 2, read: { ids: [1] } });
    await settled();
    expect(titles()).toEqual(["At 13", "1 more"]);
  });

  it("are one card if they arrived during a long absence", async () => {
    FakeWebSocket.last().serverCloses(1006);
    vi.setSystemTime(Date.now() + 120_000);
    vi.advanceTimersByTime(1_500);
    const server = FakeWebSocket.last();
    server.serverOpens();
    const put = [item(1, 11), item(2, 12)];
    const { id } = server.request("hello");
    server.serverSends({ id, rev: 12, from: 10, unread: 2, unseen: 2, put, ping: 0 });
    await settled();
    expect(titles()).toEqual(["2 new notifications while you were away"]);
    expect(find(".item-title").getAttribute("href")).toBe("/inbox/");
    rev = 12;
    vi.advanceTimersByTime(3_000);
    await arrive({ message: "Now" });
    expect(titles()[0]).toBe("Now");
  });
});

describe("the region", () => {
  it("shows only the levels that the page wants", async () => {
    await open('levels="warning, error"');
    await arrive({ level: "info" });
    await arrive({ level: "warning" });
    expect(all(".toast").map((toast) => toast.dataset.level)).toEqual(["warning"]);
  });

  it("says what arrives in regions that are there before, errors at once", async () => {
    const [status, alert] = [find("[role=status]"), find("[role=alert]")];
    expect(status.closest("[popover]")).toBeNull();
    await arrive({ message: "Tea" }, { message: "Fire", level: "error" });
    vi.advanceTimersByTime(1_000);
    expect(status.textContent).toBe("New notification: Tea");
    expect(alert.textContent).toBe("New notification: Fire");
  });

  it("leaves the focus alone until F6, and gives it back after Escape", async () => {
    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
    await arrive({ message: "First" });
    await arrive({ message: "Second", url: "/x/" });
    expect(document.activeElement).toBe(field);
    const press = (key: string, at: Element | null | undefined) => {
      const event = new KeyboardEvent("keydown", {
        key,
        bubbles: true,
        composed: true,
        cancelable: true,
      });
      at?.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(press("F6", field)).toBe(true);
    const root = toasts.shadowRoot;
    expect(root?.activeElement?.textContent).toBe("Second");
    press("Escape", root?.activeElement);
    expect(titles()).toEqual(["First"]);
    expect(root?.activeElement?.getAttribute("aria-label")).toBe("Mark as read: First");
    press("Escape", root?.activeElement);
    expect(document.activeElement).toBe(field);
    expect(press("F6", field)).toBe(false);
  });

  it("shows nothing in a tab that is not looked at, or while a panel is open", async () => {
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    await arrive({});
    hidden.mockReturnValue(false);
    expect(titles()).toEqual([]);
    const bell = document.createElement("notify-bell");
    bell.setAttribute("data-open", "");
    document.body.append(bell);
    await arrive({});
    expect(titles()).toEqual([]);
  });

  it("is empty when somebody else is signed in, and when it leaves the page", async () => {
    await arrive({ level: "error" });
    toasts.setAttribute("user", "8");
    expect(titles()).toEqual([]);
    await settled();
    await greet();
    await arrive({ level: "error" });
    toasts.remove();
    expect(titles()).toEqual([]);
    await settled();
    expect(FakeWebSocket.last().readyState).toBeGreaterThan(1);
  });

  it("speaks other languages", async () => {
    toasts.messages = { error: "Fehler", doTo: "{title}: {action}" };
    await arrive({ level: "error", message: "Feuer" });
    expect(find(".meta").textContent).toContain("Fehler");
    expect(find(".close").getAttribute("aria-label")).toBe("Feuer: Close");
  });

  it("is defined once, however often its script is loaded", async () => {
    vi.resetModules();
    await expect(import("../src/toasts/notify-toasts-element-define")).resolves.toBeDefined();
  });
});
