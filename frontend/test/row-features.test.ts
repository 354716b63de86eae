import { describe, expect, it, vi } from "vitest";
import { all, bell, click, find, greet, openPageForEachTest, press, server } from "./bell-page";
import { item, push, settled } from "./builders";

openPageForEachTest();

const APPROVE = { label: "Approve", url: "/orders/7/approve/", method: "POST", style: "primary" };
const SEE = { label: "See it", url: "/orders/7/" };

async function open(more: object): Promise<void> {
  await greet([item(1, 10, { message: "Order 7", ...more })]);
  click(".trigger");
  await settled();
}

/** Answers requests of the page with these statuses, and returns what was asked. */
function serve(...statuses: number[]): { url: string; init: RequestInit }[] {
  const asked: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(null, { status: statuses.shift() ?? 500 });
  });
  return asked;
}

describe("the actions of an event", () => {
  it("are links and buttons, whose labels are never markup", async () => {
    await open({ data: { actions: [{ ...APPROVE, label: "<b>Approve</b>" }, SEE] } });
    expect(all(".offer").map((offer) => [offer.tagName, offer.textContent])).toEqual([
      ["BUTTON", "<b>Approve</b>"],
      ["A", "See it"],
    ]);
    expect(find("a.offer").getAttribute("href")).toBe("/orders/7/");
  });

  it("send the answer, mark the notification read, and say so", async () => {
    document.head.innerHTML = '<meta name="csrf-token" content="abc">';
    const asked = serve(204);
    await open({ data: { actions: [APPROVE] } });

    click("button.offer");
    expect(find("button.offer").getAttribute("aria-disabled")).toBe("true");
    click("button.offer");
    await settled();

    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ url: APPROVE.url, init: { method: "POST" } });
    // A redirect leads to a login page, which answers 200.
    expect(asked[0]?.init.redirect).toBe("manual");
    expect(asked[0]?.init.headers).toMatchObject({ "X-CSRFToken": "abc" });
    expect(find(".answer").textContent).toBe("Done: Approve");
    expect(server().request("read")).toMatchObject({ args: { ids: [1] } });
  });

  it("stay, and say that it did not work, where the server refuses", async () => {
    serve(409, 200);
    await open({ data: { actions: [APPROVE] } });

    click("button.offer");
    await settled();
    expect(find(".offer-error").textContent).toBe("That did not work. Please try again.");
    expect(find("button.offer").hasAttribute("aria-disabled")).toBe(false);

    click("button.offer");
    await settled();
    expect(find(".answer").textContent).toBe("Done: Approve");
  });

  it("post to no other site, and say so in the console", async () => {
    const asked = serve(200);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await open({ data: { actions: [{ ...APPROVE, url: "https://evil.example/" }] } });

    click("button.offer");
    await settled();

    expect(asked).toEqual([]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("https://evil.example/"));
    expect(find(".offer-error").textContent).not.toBe("");
  });

  it("that lead somewhere mark it read, and the page may stop them", async () => {
    await open({ data: { actions: [SEE] } });
    bell.addEventListener("notify-click", (event) => event.preventDefault());

    const event = click("a.offer");

    expect(event.defaultPrevented).toBe(true);
    expect(server().request("read")).toMatchObject({ args: { ids: [1] } });
  });

  it("change when the event is edited, and stay the same elements otherwise", async () => {
    await open({ data: { actions: [APPROVE] } });
    const before = find(".offer");
    server().serverSends(push(11, [item(1, 11, { data: { actions: [APPROVE] } })]));
    await settled();
    expect(find(".offer")).toBe(before);

    server().serverSends(push(12, [item(1, 12, { data: null })]));
    await settled();
    expect(all(".offer")).toEqual([]);
  });

  it("that no server has checked do no harm", async () => {
    const actions = [null, 7, { label: 1 }, { label: "x", url: "javascript:alert(1)" }];
    await open({ data: { actions } });
    expect(all(".offer")).toEqual([]);
  });
});

describe("the picture of an item", () => {
  it("stands in the place of the icon, and is loaded when it comes into view", async () => {
    await open({ image: "/avatars/2.webp", level: "warning" });
    const picture = find<HTMLImageElement>(".avatar");
    expect(picture.getAttribute("src")).toBe("/avatars/2.webp");
    expect([picture.getAttribute("alt"), picture.getAttribute("loading")]).toEqual(["", "lazy"]);
    expect(find(".level").textContent).toBe("Warning");
  });

  it("is the one that the server allows, and none that is only in the data", async () => {
    await open({ image: "", data: { image: "https://evil.example/pixel.gif" } });
    expect(all("img")).toEqual([]);
    expect(find(".item-icon svg")).toBeTruthy();
  });

  it("gives way to the icon of the level if it cannot be loaded", async () => {
    await open({ image: "/avatars/2.webp" });
    find(".avatar").dispatchEvent(new Event("error"));
    expect(all(".avatar")).toEqual([]);
    expect(find(".item-icon svg")).toBeTruthy();
  });

  it("changes with the item, and only then", async () => {
    await open({ image: "/avatars/2.webp" });
    const before = find(".avatar");
    server().serverSends(push(11, [item(1, 11, { image: "/avatars/2.webp", read: true })]));
    await settled();
    expect(find(".avatar")).toBe(before);
    server().serverSends(push(12, [item(1, 12)]));
    await settled();
    expect(all(".avatar")).toEqual([]);
  });
});

const PREFERENCES = {
  media: [
    { name: "inbox", label: "Inbox" },
    { name: "email", label: "E-mail" },
  ],
  opted_out: [],
  groups: [
    {
      name: "demo",
      label: "Demo",
      opted_out: [],
      types: [
        {
          key: "demo/hello",
          label: "Hello",
          description: "Greetings",
          required: false,
          opted_out: ["email"],
        },
        { key: "demo/alarm", label: "Alarm", description: "", required: true, opted_out: [] },
      ],
    },
  ],
};

/** Serves the preferences, and returns what is posted. */
function servePreferences(status = 200): unknown[] {
  const posted: unknown[] = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit = {}) => {
    if (init.method === "POST") posted.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify(PREFERENCES), { status });
  });
  return posted;
}

async function openMenu(key = "demo/hello"): Promise<void> {
  bell.setAttribute("menu-url", "/src/menu/notify-menu.ts");
  await open({ key });
  click(".menu");
  await vi.dynamicImportSettled();
  await settled();
}

const entries = () => all("[role=menuitem]").filter((entry) => !entry.hidden);
const pick = (text: string) =>
  entries()
    .find((entry) => entry.textContent?.startsWith(text))
    ?.click();

describe("the menu of a row", () => {
  it("does what its buttons do, which a phone has no room for", async () => {
    servePreferences();
    await openMenu();
    expect(entries().map((entry) => entry.firstChild?.textContent)).toEqual([
      "Mark as read",
      "Archive",
      "In an hour",
      "This evening",
      "Tomorrow morning",
      "Next week",
      "Mute this type",
      "Preferences",
    ]);

    pick("Mark as read");
    expect(server().request("read").args).toEqual({ ids: [1] });
    expect(bell.shadowRoot?.activeElement).toBe(find(".menu"));
    await settled();

    click(".menu");
    await settled();
    expect(entries()[0]?.textContent).toBe("Mark as unread");
    pick("Archive");
    await settled();
    expect(all(".item")).toEqual([]);
    expect(find(".notice").textContent).toContain("Archived.");
  });

  it("snoozes until a time of the clock", async () => {
    servePreferences();
    await openMenu();
    expect(find(".menu").getAttribute("aria-expanded")).toBe("true");
    expect(entries().map((entry) => entry.firstChild?.textContent)).toContain("Tomorrow morning");

    pick("In an hour");

    expect(server().request("snooze").args).toEqual({
      ids: [1],
      until: expect.stringMatching(/^2026-01-02T04:09:06/),
    });
  });

  it("is walked by arrow keys, and Escape closes it alone", async () => {
    servePreferences();
    await openMenu();
    const [first, second] = entries();
    expect(bell.shadowRoot?.activeElement).toBe(first);
    press("ArrowDown");
    expect(bell.shadowRoot?.activeElement).toBe(second);
    press("End");
    expect(bell.shadowRoot?.activeElement?.textContent).toBe("Preferences");

    press("Escape");

    expect(bell.open).toBe(true);
    expect(bell.shadowRoot?.activeElement).toBe(find(".menu"));
    expect(find(".menu").getAttribute("aria-expanded")).toBe("false");
  });

  it("mutes the type by every medium, and takes that back", async () => {
    const posted = servePreferences();
    await openMenu();

    pick("Mute");
    await settled();
    expect(posted).toEqual([{ key: "demo/hello", opted_out: ["inbox", "email"] }]);
    expect(find(".notice").textContent).toContain("You get no more of: Hello");

    find(".notice-undo").click();
    await settled();
    expect(posted[1]).toEqual({ key: "demo/hello", opted_out: ["email"] });
    expect(find(".notice").textContent).toBe("");
  });

  for (const [key, why] of [
    ["demo/alarm", "is required"],
    ["demo/secret", "the preferences do not know"],
  ] as const) {
    it(`offers no muting of a type that ${why}`, async () => {
      servePreferences();
      await openMenu(key);
      expect(entries().map((entry) => entry.textContent)).not.toContain("Mute this type");
    });
  }

  it("says so if it cannot be loaded, and tries again", async () => {
    bell.setAttribute("menu-url", "/src/menu/nothing.ts");
    await open({});
    click(".menu");
    await vi.dynamicImportSettled();
    await vi.waitFor(() => expect(find(".error").textContent).toContain("did not work"));
    bell.setAttribute("menu-url", "/src/menu/notify-menu.ts");
    click(".menu");
    await vi.dynamicImportSettled();
    await settled();
    expect(entries().length).toBeGreaterThan(0);
  });
});

async function openPreferences(): Promise<void> {
  bell.setAttribute("menu-url", "/src/menu/notify-menu.ts");
  await open({});
  click(".settings");
  await vi.dynamicImportSettled();
  await settled();
}

const switches = () => all(".switch input") as HTMLInputElement[];

describe("the preferences in the panel", () => {
  it("have a switch for each medium of each type, and lock what is required", async () => {
    servePreferences();
    await openPreferences();
    expect(all("legend").map((legend) => legend.textContent)).toEqual(["Hello", "Alarm"]);
    expect(switches().map(({ checked, disabled }) => [checked, disabled])).toEqual([
      [true, false],
      [false, false],
      [true, true],
      [true, true],
    ]);
    expect(all(".choice-hint").map((hint) => hint.textContent)).toEqual(["Greetings", "Always on"]);
    expect(find(".preferences .see-all").getAttribute("href")).toBe("/inbox/preferences/");
    expect(bell.shadowRoot?.activeElement?.textContent).toBe("Preferences");
  });

  it("are saved at once", async () => {
    const posted = servePreferences();
    await openPreferences();
    switches()[1]?.click();
    await settled();
    expect(posted).toEqual([{ key: "demo/hello", opted_out: [] }]);
  });

  it("stay as they were where saving fails, and say so", async () => {
    servePreferences();
    await openPreferences();
    servePreferences(503);
    switches()[0]?.click();
    await settled();
    expect(switches()[0]?.checked).toBe(true);
    expect(find(".preferences .error").textContent).toContain("did not work");
  });

  it("give the list back, with the focus", async () => {
    servePreferences();
    await openPreferences();
    expect(find(".panel").dataset.view).toBe("preferences");
    click(".back");
    expect(find(".preferences").hidden).toBe(true);
    expect(bell.shadowRoot?.activeElement).toBe(find(".header .title"));
  });
});
