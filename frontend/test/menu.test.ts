import { describe, expect, it, vi } from "vitest";
import { all, bell, click, find, openPageForEachTest, press, server } from "./bell-page";
import { settled } from "./builders";
import { open, openMenuBy, servePreferences } from "./row-page";

openPageForEachTest();

function openMenu(key = "demo/hello"): Promise<void> {
  return openMenuBy(".menu", { key });
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
