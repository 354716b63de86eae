import { describe, expect, it, vi } from "vitest";
import { all, bell, click, find, greet, openPageForEachTest, reply, server } from "./bell-page";
import { item, push, settled } from "./builders";

openPageForEachTest();

describe("after signing out", () => {
  for (const open of [false, true]) {
    it(`nothing is left in the page, the panel being ${open ? "open" : "closed"}`, async () => {
      await greet([item(1, 10, { message: "Secret plan" })], { inbox: "anna" });
      click(".trigger");
      server().serverSends(push(11, [item(2, 11, { message: "Secret too" })]));
      await settled();
      vi.advanceTimersByTime(1_000);
      if (!open) bell.hide();
      expect(bell.shadowRoot?.textContent).toContain("Secret plan");
      expect(bell.shadowRoot?.textContent).toContain("New notification: Secret too");

      server().serverCloses(4501);
      await settled();
      expect(bell.shadowRoot?.textContent).not.toContain("Secret");
      expect(find(".badge").textContent).toBe("");
      expect(bell.dataset.unread).toBe("0");
    });
  }

  it("the panel says so, and neither loads nor claims that all is read", async () => {
    await greet();
    click(".trigger");
    server().serverCloses(4501);
    await settled();
    expect(find(".status").textContent).toBe("You are signed out. Sign in again.");
    for (const part of [".skeleton", ".empty", ".list", ".load-more", ".mark-all"]) {
      expect(find(part).hidden, part).toBe(true);
    }
    expect(find(".panel").hasAttribute("aria-busy")).toBe(false);
  });

  it("nothing is left when the page itself changes the user", async () => {
    await greet([item(1, 10, { message: "Secret plan" })], { inbox: "anna" });
    click(".trigger");
    bell.hide();
    bell.setAttribute("user", "8");
    await settled();
    expect(bell.shadowRoot?.textContent).not.toContain("Secret plan");
  });

  it("a closed panel shows nothing of the account before when another signs in", async () => {
    await greet([item(1, 10, { message: "Secret plan" })], { inbox: "anna" });
    click(".trigger");
    bell.hide();
    server().serverCloses(1006);
    vi.advanceTimersByTime(500);
    await greet([item(2, 10, { message: "Lunch" })], { inbox: "bert" });
    expect(bell.shadowRoot?.textContent).not.toContain("Secret plan");
  });
});

describe("an opening panel", () => {
  it("shows what came after it opened and before the browser said so", async () => {
    const panel = find(".panel");
    const say = (type: string) =>
      panel.dispatchEvent(Object.assign(new Event(type), { newState: "open" }));
    say("beforetoggle");
    expect(panel.getAttribute("aria-busy")).toBe("true");
    await greet([]);
    say("toggle");
    expect(panel.hasAttribute("aria-busy")).toBe(false);
  });
});

describe("a server that has lost its database", () => {
  it("makes the panel say at once that it may be out of date, until it is not", async () => {
    await greet();
    click(".trigger");
    server().serverSends({ rev: 10, beat: "x7", age: 17 });
    await settled();
    expect(find(".status").textContent).toBe("This list may be out of date.");
    server().serverSends({ rev: 10, beat: "x8" });
    await settled();
    expect(find(".status").textContent).toBe("");
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
    click(".trigger", { detail: 0 });
    expect(bell.shadowRoot?.activeElement).toBe(find("h2"));
  });

  it("shows each item with title, description, level, actor and time", async () => {
    const actor = { text: "Ada", url: "", type: "auth.user", id: "1" };
    await greet([
      item(1, 10, {
        level: "warning",
        message: "Disk is full",
        description: "92 %",
        actor,
      }),
    ]);
    click(".trigger");
    expect(find(".item-title").textContent).toBe("Unread: Disk is full");
    expect(find(".item-description").textContent).toBe("92 %");
    expect(find(".meta").textContent).toBe("WarningAda5 minutes ago");
    expect(find("time").getAttribute("datetime")).toBe("2026-01-02T03:04:05.678Z");
    expect(find("time").title).toContain("2026");
    expect(find("li").dataset.level).toBe("warning");
    expect(find("li").getAttribute("part")).toBe("item item-unread");
  });

  it("heads what has come several times: the latest of how many, and about what", async () => {
    const target = { text: "Roadmap", url: "", type: "x.y", id: "1" };
    const sentence = { message: "", verb: "was edited" };
    await greet([
      item(1, 10, { message: "Bob replied", occurrences: 3, target }),
      item(2, 9, { ...sentence, occurrences: 2, target }),
      item(3, 8, { message: "Ann replied", target }),
    ]);
    click(".trigger");
    const shown = (id: number) =>
      all(`[data-id="${id}"] .repeats:not([hidden]) > :not([hidden])`).map((e) => e.textContent);
    expect(shown(1)).toEqual(["Roadmap", "Latest of 3"]);
    expect(shown(2)).toEqual(["Latest of 2"]);
    expect(shown(3)).toEqual([]);

    server().serverSends(
      push(11, [item(3, 11, { message: "Cy replied", occurrences: 2, target })]),
    );
    await settled();
    expect(shown(3)).toEqual(["Roadmap", "Latest of 2"]);
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

  it("shows a notice of a lost connection after a while, and of a closed one at once", async () => {
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
