import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NotifyBellElement } from "../src/define";
import type { Frame, Item } from "../src/protocol";
import { registry } from "../src/registry";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import { installPopover } from "./popover";

const MARKUP =
  '<notify-bell ws-url="/ws/" api-url="/api/" inbox-url="/inbox/" user="7" unread="3">' +
  '<a href="/inbox/">Notifications (3)</a></notify-bell>';

let bell: NotifyBellElement;

function find<T extends HTMLElement = HTMLElement>(selector: string): T {
  const found = bell.shadowRoot?.querySelector<T>(selector);
  if (!found) throw new Error(`There is no ${selector} in the bell.`);
  return found;
}

function all(selector: string): HTMLElement[] {
  return [...(bell.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])];
}

function server(): FakeWebSocket {
  return FakeWebSocket.last();
}

async function greet(items: Item[] = [item(1, 10)], more: Partial<Frame> = {}): Promise<void> {
  server().serverOpens();
  const { id } = server().request("hello");
  server().serverSends({ id, ping: 25, ...reset(10, items, more) });
  await settled();
}

async function reply(verb: string, frame: object): Promise<void> {
  server().serverSends({ id: server().request(verb).id, ...frame });
  await settled();
}

/** A click of the keyboard has no pointer, and therefore no detail. */
function click(selector: string, detail = 1): void {
  find(selector).dispatchEvent(
    new MouseEvent("click", { bubbles: true, composed: true, cancelable: true, detail }),
  );
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  vi.setSystemTime(new Date("2026-01-02T03:09:06Z"));
  installPopover();
  FakeWebSocket.made = [];
  document.body.innerHTML = MARKUP;
  bell = document.querySelector("notify-bell") as NotifyBellElement;
  await settled();
});

afterEach(async () => {
  document.body.innerHTML = "";
  await settled();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the bell", () => {
  it("shows what the page already knows before any answer", () => {
    expect(bell).toBeInstanceOf(NotifyBellElement);
    expect(find(".badge").textContent).toBe("3");
    expect(bell.dataset).toMatchObject({ unread: "3", status: "connecting" });
  });

  it("is a button whose name says how many are unread, the badge being decoration", async () => {
    const trigger = find(".trigger");
    expect(trigger.tagName).toBe("BUTTON");
    expect(trigger.getAttribute("aria-label")).toBe("Notifications, 3 unread");
    expect(trigger.getAttribute("aria-haspopup")).toBe("dialog");
    expect(find(".badge").getAttribute("aria-hidden")).toBe("true");
    await greet([]);
    expect(trigger.getAttribute("aria-label")).toBe("Notifications, none unread");
    expect(find(".badge").textContent).toBe("");
  });

  it("follows every push, and says no more than 99+", async () => {
    await greet();
    expect(find(".badge").textContent).toBe("1");
    server().serverSends(push(11, [item(2, 11)], { unread: 2 }));
    await settled();
    expect(find(".badge").textContent).toBe("2");
    expect(bell.dataset.unread).toBe("2");
    server().serverSends(push(12, [item(3, 12)], { unread: 100 }));
    await settled();
    expect(find(".badge").textContent).toBe("99+");
    expect(bell.dataset.unread).toBe("100");
  });

  it("reflects how the line stands", async () => {
    await greet();
    expect(bell.dataset.status).toBe("open");
    server().serverCloses(1006);
    await settled();
    expect(bell.dataset.status).toBe("waiting");
  });

  it("tells the page of what happens", async () => {
    const told: unknown[] = [];
    for (const name of ["notify-received", "notify-unread-change", "notify-status"] as const) {
      document.body.addEventListener(name, (event) => told.push([name, event.detail]), {
        once: true,
      });
    }
    await greet();
    server().serverSends(push(11, [item(2, 11)], { unread: 2 }));
    await settled();
    expect(told).toEqual(
      expect.arrayContaining([
        ["notify-status", { status: "open" }],
        ["notify-unread-change", { unread: 1 }],
        ["notify-received", { items: [expect.objectContaining({ id: 2 })] }],
      ]),
    );
    expect(told.length).toBe(3);
  });

  it("announces arrivals once, a burst as one, and not what was there at first", async () => {
    await greet();
    vi.advanceTimersByTime(2_000);
    expect(find("[role=status].sr").textContent).toBe("");
    server().serverSends(push(11, [item(2, 11, { message: "Deploy finished" })]));
    vi.advanceTimersByTime(1_000);
    expect(find("[role=status].sr").textContent).toBe("New notification: Deploy finished");
    vi.advanceTimersByTime(5_000);
    expect(find("[role=status].sr").textContent).toBe("");
    for (const rev of [12, 13, 14]) server().serverSends(push(rev, [item(rev, rev)]));
    vi.advanceTimersByTime(1_000);
    expect(find("[role=status].sr").textContent).toBe("3 new notifications");
  });
});

describe("the panel", () => {
  it("is a dialog named by its title, opened and closed by the bell", async () => {
    await greet();
    expect(find(".panel").getAttribute("role")).toBe("dialog");
    expect(find(".panel").getAttribute("aria-labelledby")).toBe(find("h2").id);
    click(".trigger");
    expect(bell.open).toBe(true);
    expect(bell.hasAttribute("data-open")).toBe(true);
    expect(find(".trigger").getAttribute("aria-expanded")).toBe("true");
    click(".trigger");
    expect(bell.open).toBe(false);
    expect(find(".trigger").getAttribute("aria-expanded")).toBe("false");
  });

  it("takes the focus when the keyboard opened it, and leaves it when the mouse did", async () => {
    await greet();
    click(".trigger");
    expect(bell.shadowRoot?.activeElement).toBe(null);
    bell.hide();
    click(".trigger", 0);
    expect(bell.shadowRoot?.activeElement).toBe(find("h2"));
  });

  it("shows each item with title, description, level, actor, count and time", async () => {
    const actor = { text: "Ada", url: "", type: "auth.user", id: "1" };
    await greet([
      item(1, 10, {
        level: "warning",
        message: "Disk is full",
        description: "92 %",
        actor,
        occurrences: 3,
      }),
    ]);
    click(".trigger");
    expect(find(".item-title").textContent).toBe("Unread: Disk is full");
    expect(find(".item-description").textContent).toBe("92 %");
    expect(find(".meta").textContent).toBe("WarningAda5 minutes ago3 times");
    expect(find("time").getAttribute("datetime")).toBe("2026-01-02T03:04:05.678Z");
    expect(find("time").title).toContain("2026");
    expect(find("li").dataset.level).toBe("warning");
    expect(find("li").getAttribute("part")).toBe("item item-unread");
  });

  it("builds a title from actor, verb and objects when there is no message", async () => {
    const thing = (text: string) => ({ text, url: "", type: "x.y", id: "1" });
    await greet([
      item(1, 10, {
        message: "",
        actor: thing("Ada"),
        verb: "commented on",
        action_object: null,
        target: thing("Roadmap"),
      }),
      item(2, 9, { message: "" }),
    ]);
    click(".trigger");
    expect(all(".item-title").map((title) => title.textContent)).toEqual([
      "Unread: Ada commented on Roadmap",
      "Unread: Notification",
    ]);
  });

  it("keeps the time up to date while it is open", async () => {
    await greet();
    click(".trigger");
    vi.advanceTimersByTime(120_000);
    expect(find("time").textContent).toBe("7 minutes ago");
  });

  it("never turns text into markup", async () => {
    const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
    const thing = { text: evil, url: "javascript:alert(3)", type: "x.y", id: "1" };
    await greet([item(1, 10, { message: evil, description: evil, actor: thing })]);
    click(".trigger");
    expect(all("img, script").length).toBe(0);
    expect(find(".item-title").textContent).toBe(`Unread: ${evil}`);
    expect(find(".item-description").textContent).toBe(evil);
  });

  it("links only to where it is safe to go, by way of the server", async () => {
    const urls = {
      "/x": "/inbox/go/1/",
      "https://example.com/x": "/inbox/go/1/",
      "mailto:ada@example.com": "mailto:ada@example.com",
      "javascript:alert(1)": null,
      " javascript:alert(1)": null,
      "JaVaScRiPt:alert(1)": null,
      "java\nscript:alert(1)": null,
      "data:text/html,<script>alert(1)</script>": null,
      "vbscript:x": null,
      "blob:x": null,
      "http://": null,
      "": null,
    };
    await greet();
    click(".trigger");
    let rev = 10;
    for (const [url, href] of Object.entries(urls)) {
      rev += 1;
      server().serverSends(push(rev, [item(1, 10, { rev, url })]));
      await settled();
      expect(find(".item-title").getAttribute("href"), url).toBe(href);
    }
  });

  it("says when nothing is there, and shows a placeholder until it knows", async () => {
    click(".trigger");
    expect(find(".skeleton").hidden).toBe(false);
    expect(find(".panel").getAttribute("aria-busy")).toBe("true");
    await greet([]);
    expect(find(".skeleton").hidden).toBe(true);
    expect(find(".empty").hidden).toBe(false);
    expect(find(".empty").textContent).toContain("You are all caught up");
    expect(find(".panel").hasAttribute("aria-busy")).toBe(false);
  });

  it("mentions a lost line only after a while, and the end of it at once", async () => {
    await greet();
    click(".trigger");
    server().serverCloses(1006);
    await settled();
    vi.advanceTimersByTime(4_900);
    expect(find(".status").textContent).toBe("");
    vi.advanceTimersByTime(200);
    expect(find(".status").textContent).toBe("Reconnecting…");
    await greet();
    expect(find(".status").textContent).toBe("");
    server().serverCloses(4501);
    await settled();
    expect(find(".status").textContent).toMatch(/^You are signed out/);
  });

  it("notes everything as seen when it is opened, and what arrives while it is open", async () => {
    await greet([item(1, 10)], { unseen: 1 });
    click(".trigger");
    vi.advanceTimersByTime(0);
    expect(server().request("seen").args).toEqual({ upto: 10 });
    await reply("seen", { rev: 11, unread: 1, unseen: 0, seen: { upto: 10 } });
    for (const rev of [12, 13, 14]) {
      server().serverSends(push(rev, [item(rev, rev)], { unseen: 1 }));
    }
    await settled();
    vi.advanceTimersByTime(500);
    expect(server().request("seen").args).toEqual({ upto: 14 });
    expect(server().frames.filter((frame) => "seen" in frame).length).toBe(2);
  });
});

describe("its controls", () => {
  it("have names that say which item they are for", async () => {
    await greet([item(1, 10, { message: "Deploy" })]);
    click(".trigger");
    expect(find(".mark-read").getAttribute("aria-label")).toBe("Mark as read: Deploy");
    expect(find(".archive").getAttribute("aria-label")).toBe("Archive: Deploy");
  });

  it("mark one read and unread again, keeping the focus", async () => {
    await greet([item(1, 10), item(2, 9)]);
    click(".trigger");
    const toggle = find(".mark-read");
    toggle.focus();
    click(".mark-read");
    expect(find("li").getAttribute("aria-busy")).toBe("true");
    await reply("read", { rev: 11, unread: 1, unseen: 1, read: { ids: [1] } });
    expect(find("li").hasAttribute("data-unread")).toBe(false);
    expect(find("li").hasAttribute("aria-busy")).toBe(false);
    expect(bell.shadowRoot?.activeElement).toBe(toggle);
    expect(toggle.getAttribute("aria-label")).toBe("Mark as unread: Message 1");
    click(".mark-read");
    expect(server().request("unread").args).toEqual({ ids: [1] });
  });

  it("archive an item, and the focus goes to the same control of the next one", async () => {
    await greet([item(3, 10), item(2, 9), item(1, 8)]);
    click(".trigger");
    const focusOf = () => bell.shadowRoot?.activeElement?.getAttribute("aria-label") ?? null;
    for (const [id, next] of [
      [2, "Archive: Message 1"],
      [1, "Archive: Message 3"],
      [3, null],
    ] as const) {
      const button = find(`[data-id="${id}"] .archive`);
      button.focus();
      click(`[data-id="${id}"] .archive`);
      expect(server().request("archive").args).toEqual({ ids: [id] });
      const rev = 10 + server().frames.filter((frame) => "archive" in frame).length;
      await reply("archive", { rev, unread: 0, unseen: 0, archive: { ids: [id] } });
      expect(focusOf()).toBe(next);
    }
    expect(bell.shadowRoot?.activeElement).toBe(find("h2"));
  });

  it("mark all, once there is something to mark", async () => {
    await greet();
    click(".trigger");
    click(".mark-all");
    await reply("read", { rev: 11, unread: 0, unseen: 0, read: { upto: 10 } });
    expect(find(".mark-all").getAttribute("aria-disabled")).toBe("true");
    const sent = server().sent.length;
    click(".mark-all");
    expect(server().sent.length).toBe(sent);
  });

  it("load more, and the keyboard goes on at the first new item", async () => {
    await greet([item(2, 10, { url: "/x" })], { next: "c10" });
    click(".trigger");
    find(".load-more").focus();
    click(".load-more");
    expect(server().request("page").args).toEqual({ before: "c10" });
    await reply("page", { rev: 10, put: [item(1, 5, { url: "/x" })], next: null });
    expect(all("li").length).toBe(2);
    expect(find(".load-more").hidden).toBe(true);
    expect(bell.shadowRoot?.activeElement).toBe(all(".item-title")[1]);
  });

  it("step through the list with the arrow keys", async () => {
    await greet([item(2, 10), item(1, 9)]);
    click(".trigger");
    const press = (key: string) =>
      bell.shadowRoot?.activeElement?.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
      );
    find(".archive").focus();
    press("ArrowDown");
    expect(bell.shadowRoot?.activeElement).toBe(all(".archive")[1]);
    press("ArrowDown");
    expect(bell.shadowRoot?.activeElement).toBe(all(".archive")[1]);
    press("ArrowUp");
    expect(bell.shadowRoot?.activeElement).toBe(all(".archive")[0]);
  });

  it("say so when something did not work", async () => {
    await greet();
    click(".trigger");
    const told = vi.fn();
    bell.addEventListener("notify-error", told);
    click(".mark-read");
    await reply("read", { error: { code: "internal", message: "No.", temporary: true } });
    expect(find("[role=alert]").textContent).toBe("That did not work. Please try again.");
    expect(told).toHaveBeenCalledTimes(1);
  });

  it("let the page decide where a click on an item leads", async () => {
    await greet([item(1, 10, { url: "/x" })]);
    click(".trigger");
    bell.addEventListener("notify-click", (event) => event.preventDefault());
    const event = new MouseEvent("click", { bubbles: true, composed: true, cancelable: true });
    find(".item-title").dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    expect(server().request("read").args).toEqual({ ids: [1] });
  });

  it("mark an item without a link read when it is clicked", async () => {
    await greet();
    click(".trigger");
    click(".item-title");
    expect(server().request("read").args).toEqual({ ids: [1] });
  });
});

describe("the list", () => {
  it("keeps its rows: a push moves and adds, and builds nothing anew", async () => {
    await greet([item(3, 10), item(2, 9), item(1, 8)]);
    click(".trigger");
    const [third, second, first] = all("li");
    server().serverSends(push(11, [item(1, 11, { occurrences: 2 })]));
    await settled();
    expect(all("li")).toEqual([first, third, second]);
    server().serverSends({ rev: 12, unread: 1, unseen: 1, archive: { ids: [3] } });
    await settled();
    expect(all("li")).toEqual([first, second]);
  });

  it("keeps the focus on an item that moves to the top", async () => {
    await greet([item(2, 10), item(1, 9)]);
    click(".trigger");
    const button = find('[data-id="1"] .archive');
    button.focus();
    server().serverSends(push(11, [item(1, 11, { occurrences: 2 })]));
    await settled();
    expect(bell.shadowRoot?.activeElement).toBe(button);
  });
});

describe("as an element", () => {
  it("shares one connection with every other bell of the same inbox", async () => {
    const other = document.createElement("notify-bell");
    for (const { name, value } of bell.attributes) other.setAttribute(name, value);
    document.body.append(other);
    expect(other.client).toBe(bell.client);
    expect(FakeWebSocket.made.length).toBe(1);
    other.remove();
    await settled();
    expect(registry().size).toBe(1);
    bell.remove();
    await settled();
    expect(registry().size).toBe(0);
    expect(server().readyState).toBeGreaterThan(1);
  });

  it("keeps its connection when it is moved in the page", async () => {
    await greet();
    document.body.append(document.createElement("main"));
    document.querySelector("main")?.append(bell);
    await settled();
    expect(FakeWebSocket.made.length).toBe(1);
    expect(bell.dataset.status).toBe("open");
  });

  it("never shows one user's inbox to the next", async () => {
    await greet([item(1, 10, { message: "secret" })]);
    click(".trigger");
    bell.setAttribute("unread", "0");
    bell.setAttribute("user", "8");
    await settled();
    expect(FakeWebSocket.made.length).toBe(2);
    expect(FakeWebSocket.made[0]?.readyState).toBeGreaterThan(1);
    expect(all("li").length).toBe(0);
    expect(bell.dataset.unread).toBe("0");
  });

  it("speaks other languages", async () => {
    bell.messages = { markAll: "Alle gelesen", trigger: "{label}: {count} neu" };
    bell.setAttribute("lang", "de");
    bell.setAttribute("label", "Mitteilungen");
    await greet();
    click(".trigger");
    expect(find(".mark-all").textContent).toBe("Alle gelesen");
    expect(find(".trigger").getAttribute("aria-label")).toBe("Mitteilungen: 1 neu");
    expect(find("time").textContent).toBe("vor 5 Minuten");
    expect(find(".load-more").textContent).toBe("Show more");
  });

  it("keeps its content as the fallback it is", () => {
    expect(bell.querySelector("a")?.getAttribute("href")).toBe("/inbox/");
  });

  it("writes no style attribute and no style element", async () => {
    await greet();
    click(".trigger");
    expect(all("style, [style]").length).toBe(0);
    expect(bell.shadowRoot?.adoptedStyleSheets.length).toBe(1);
  });
});
