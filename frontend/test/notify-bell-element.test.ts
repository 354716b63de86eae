import { describe, expect, it, vi } from "vitest";
import { NotifyBellElement } from "../src/bell/notify-bell-element-define";
import { registry } from "../src/client/registry";
import { all, bell, click, find, greet, openPageForEachTest, server } from "./bell-page";
import { item, push, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";

openPageForEachTest();

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

  it("reflects the state of the connection", async () => {
    await greet();
    expect(bell.dataset.status).toBe("open");
    server().serverCloses(1006);
    await settled();
    expect(bell.dataset.status).toBe("waiting");
  });

  it("dispatches events for what happens", async () => {
    const dispatched: unknown[] = [];
    for (const name of ["notify-received", "notify-unread-change", "notify-status"] as const) {
      document.body.addEventListener(name, (event) => dispatched.push([name, event.detail]), {
        once: true,
      });
    }
    await greet();
    server().serverSends(push(11, [item(2, 11)], { unread: 2 }));
    await settled();
    expect(dispatched).toEqual(
      expect.arrayContaining([
        ["notify-status", { status: "open" }],
        ["notify-unread-change", { unread: 1 }],
        ["notify-received", { items: [expect.objectContaining({ id: 2 })] }],
      ]),
    );
    expect(dispatched.length).toBe(3);
  });

  it("announces arrivals once, a burst as one, and not what was there at first", async () => {
    await greet();
    vi.advanceTimersByTime(2_000);
    expect(find("[role=status].sr").textContent).toBe("");
    server().serverSends(push(11, [item(2, 11, { message: "Deploy finished" })]));
    await settled();
    vi.advanceTimersByTime(1_000);
    expect(find("[role=status].sr").textContent).toBe("New notification: Deploy finished");
    vi.advanceTimersByTime(5_000);
    expect(find("[role=status].sr").textContent).toBe("");
    for (const rev of [12, 13, 14]) server().serverSends(push(rev, [item(rev, rev)]));
    await settled();
    vi.advanceTimersByTime(1_000);
    expect(find("[role=status].sr").textContent).toBe("3 new notifications");
  });
});

describe("without a socket", () => {
  it("asks over HTTP if it is told to open none, and its panel speaks of trouble only", async () => {
    const asked: string[] = [];
    let works = true;
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      if (!works) return new Response(null, { status: 503 });
      return new Response(JSON.stringify(reset(3, [item(1, 3)])));
    });
    const sockets = FakeWebSocket.made.length;
    bell.setAttribute("socket", "off");
    await vi.dynamicImportSettled();
    await settled();
    vi.advanceTimersToNextFrame();
    expect(FakeWebSocket.made.length).toBe(sockets);
    expect(asked).toEqual(["/api/sync/?"]);
    expect(bell.getAttribute("data-status")).toBe("polling");
    expect(bell.getAttribute("data-unread")).toBe("1");
    bell.show();
    vi.advanceTimersByTime(5_000);
    expect(find(".status").textContent).toBe("");

    works = false;
    await bell.client?.sync();
    await settled();
    expect(find(".status").textContent).toBe("This list may be out of date.");
  });
});

describe("two bells", () => {
  /** A second bell of the same inbox, such as that of the header for phones. */
  function another(): HTMLElement {
    const other = bell.cloneNode() as HTMLElement;
    document.body.append(other);
    return other;
  }
  const spoken = (of: HTMLElement) =>
    of.shadowRoot?.querySelector("[role=status].sr")?.textContent ?? "";

  it("tell the page once, and speak with one voice", async () => {
    const received = vi.fn();
    document.body.addEventListener("notify-received", received);
    const other = another();
    await greet();
    server().serverSends(push(11, [item(2, 11)]));
    await settled();
    vi.advanceTimersByTime(1_000);
    document.body.removeEventListener("notify-received", received);
    expect(received).toHaveBeenCalledTimes(1);
    expect(received.mock.calls[0]?.[0].target).toBe(bell);
    expect([spoken(bell), spoken(other)]).toEqual(["New notification: Message 2", ""]);
  });

  it("leave the speaking to the one that is shown", async () => {
    const other = another();
    vi.spyOn(bell, "checkVisibility").mockReturnValue(false);
    await greet();
    server().serverSends(push(11, [item(2, 11)]));
    await settled();
    vi.advanceTimersByTime(1_000);
    expect([spoken(bell), spoken(other)]).toEqual(["", "New notification: Message 2"]);
  });

  it("say nothing of what a script of the page has told the person", async () => {
    await greet();
    bell.client?.addEventListener("arrive", (event) => event.preventDefault());
    server().serverSends(push(11, [item(2, 11)]));
    await settled();
    vi.advanceTimersByTime(1_000);
    expect(spoken(bell)).toBe("");
  });
});

describe("drawing", () => {
  /** What the page is told of the count: once for each draw that changed it. */
  function told(): number[] {
    const counts: number[] = [];
    bell.addEventListener("notify-unread-change", ({ detail }) => counts.push(detail.unread));
    return counts;
  }

  it("happens once a frame, however many pushes come", async () => {
    await greet();
    const counts = told();
    // Each drawing reads it, whether there is anything new to tell or not.
    const draws = vi.spyOn(bell, "label", "get");
    for (let rev = 11; rev <= 210; rev += 1) {
      server().serverSends(push(rev, [item(rev, rev)], { unread: rev }));
    }
    expect(draws).not.toHaveBeenCalled();
    vi.advanceTimersToNextFrame();
    vi.advanceTimersByTime(1_000);
    expect(draws).toHaveBeenCalledTimes(1);
    expect(counts).toEqual([210]);
  });

  it("needs no frame in a hidden tab, which gets none", async () => {
    await greet();
    const counts = told();
    vi.stubGlobal("requestAnimationFrame", () => 1);
    server().serverSends(push(11, [item(11, 11)], { unread: 2 }));
    vi.advanceTimersByTime(200);
    expect(find(".badge").textContent).toBe("2");
    server().serverSends(push(12, [item(12, 12)], { unread: 3 }));
    vi.advanceTimersByTime(200);
    expect(counts).toEqual([2, 3]);
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
    expect(bell.shadowRoot?.adoptedStyleSheets.length).toBe(2);
  });
});
