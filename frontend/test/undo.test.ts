/** "Archived. Undo": what the panel takes back, and for how long. */

import { describe, expect, it, vi } from "vitest";
import {
  all,
  bell,
  click,
  find,
  greet,
  openPageForEachTest,
  press,
  reply,
  server,
} from "./bell-page";
import { item, settled } from "./builders";

openPageForEachTest();

const THREE = [item(3, 10), item(2, 9), item(1, 8)];

async function open(items = THREE, more: object = {}): Promise<void> {
  await greet(items, more);
  click(".trigger");
}

function said(): string {
  return find(".notice").textContent ?? "";
}

function rows(): string {
  return all("li")
    .map((row) => `${row.dataset.id}${row.hasAttribute("data-unread") ? "*" : ""}`)
    .join(" ");
}

function sent(): string[] {
  return server().frames.map((frame) => Object.keys(frame)[1] ?? "");
}

async function drawn(): Promise<void> {
  await settled();
  vi.advanceTimersByTime(20);
  await settled();
}

async function archive(): Promise<void> {
  click('[data-id="2"] .archive');
  await reply("archive", { rev: 11, unread: 2, unseen: 2, archive: { ids: [2] } });
  await drawn();
}

async function undo(): Promise<void> {
  click(".notice-undo");
  await drawn();
}

describe("the offer to undo", () => {
  it("is said to screen readers, and brings back what was archived", async () => {
    await open();
    expect(find(".notice").getAttribute("role")).toBe("status");
    await archive();
    expect(rows()).toBe("3* 1*");
    expect(said()).toBe("Archived.Undo");
    await undo();
    expect(said()).toBe("");
    expect(rows()).toBe("3* 2* 1*");
    expect(server().request("unarchive").args).toEqual({ ids: [2] });
    expect(find('[data-id="2"]').contains(bell.shadowRoot?.activeElement ?? null)).toBe(true);
  });

  it("is taken by z as well", async () => {
    await open();
    find('[data-id="2"] .archive').focus();
    await archive();
    press("z");
    await drawn();
    expect(rows()).toBe("3* 2* 1*");
  });

  it("ends after some seconds, but not while somebody points at it or has tabbed to it", async () => {
    await open();
    await archive();
    find(".notice-undo").focus();
    vi.advanceTimersByTime(60_000);
    expect(said()).toBe("Archived.Undo");
    find(".notice-undo").blur();
    vi.advanceTimersByTime(7_900);
    expect(said()).toBe("Archived.Undo");
    vi.advanceTimersByTime(200);
    expect(said()).toBe("");
  });

  it("makes way for that of the next action", async () => {
    await open();
    await archive();
    click(".mark-all");
    await settled();
    expect(said()).toBe("All marked as read.Undo");
    await undo();
    expect(sent()).not.toContain("unarchive");
  });

  it("ends when the server refuses what was done", async () => {
    await open();
    click('[data-id="2"] .archive');
    await reply("archive", { error: { code: "http_403", message: "No.", temporary: false } });
    await drawn();
    expect(rows()).toBe("3* 2* 1*");
    expect(said()).toBe("");
    expect(find("[role=alert]").textContent).toBe("That did not work. Please try again.");
  });
});

describe("marking all read", () => {
  it("is undone for exactly those that were unread", async () => {
    await open([item(3, 10), item(2, 9, { read: true }), item(1, 8)]);
    click(".mark-all");
    await reply("read", { rev: 11, unread: 0, unseen: 0, read: { upto: 10 } });
    await drawn();
    expect(rows()).toBe("3 2 1");
    await undo();
    expect(server().request("unread").args).toEqual({ ids: [3, 1] });
    expect(rows()).toBe("3* 2 1*");
    expect(bell.dataset.unread).toBe("2");
  });

  it("waits for the end of the offer, where it concerns what is not loaded", async () => {
    await open(THREE, { unread: 9, unseen: 9, next: "c8" });
    click(".mark-all");
    await drawn();
    expect(bell.dataset.unread).toBe("0");
    expect(sent()).not.toContain("read");
    await undo();
    expect(bell.dataset.unread).toBe("9");
    click(".mark-all");
    await drawn();
    vi.advanceTimersByTime(8_000);
    await settled();
    expect(server().request("read").args).toEqual({ upto: 10 });
    expect(sent()).not.toContain("unread");
  });
});

describe("deleting", () => {
  async function remove(): Promise<void> {
    find('[data-id="2"] .item-title').focus();
    press("Delete");
    await drawn();
    expect(rows()).toBe("3* 1*");
    expect(said()).toBe("Deleted.Undo");
    expect(sent()).not.toContain("delete");
  }

  it("is taken back before the server knows of it", async () => {
    await open();
    await remove();
    await undo();
    expect(rows()).toBe("3* 2* 1*");
    expect(find("[role=alert]").textContent).toBe("");
    vi.advanceTimersByTime(60_000);
    await settled();
    expect(sent()).not.toContain("delete");
  });

  it("is sent when the panel closes", async () => {
    await open();
    await remove();
    bell.hide();
    await drawn();
    expect(server().request("delete").args).toEqual({ ids: [2] });
  });

  it("is sent when the page goes", async () => {
    const requests = vi.fn().mockRejectedValue(new TypeError("Failed to fetch"));
    vi.stubGlobal("fetch", requests);
    await open();
    await remove();
    window.dispatchEvent(new PageTransitionEvent("pagehide"));
    await drawn();
    expect(requests).toHaveBeenCalledWith(
      "/api/delete/",
      expect.objectContaining({ keepalive: true, body: '{"ids":[2]}' }),
    );
    window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    expect(said()).toBe("");
  });
});
