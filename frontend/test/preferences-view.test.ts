import { describe, expect, it } from "vitest";
import { all, bell, click, find, openPageForEachTest } from "./bell-page";
import { settled } from "./builders";
import { openMenuBy, servePreferences } from "./row-page";

openPageForEachTest();

const switches = () => all(".switch input") as HTMLInputElement[];

describe("the preferences in the panel", () => {
  it("have a switch for each medium of each type, and lock what is required", async () => {
    servePreferences();
    await openMenuBy(".settings");
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
    await openMenuBy(".settings");
    switches()[1]?.click();
    await settled();
    expect(posted).toEqual([{ key: "demo/hello", opted_out: [] }]);
  });

  it("stay as they were where saving fails, and say so", async () => {
    servePreferences();
    await openMenuBy(".settings");
    servePreferences(503);
    switches()[0]?.click();
    await settled();
    expect(switches()[0]?.checked).toBe(true);
    expect(find(".preferences .error").textContent).toContain("did not work");
  });

  it("give the list back, with the focus", async () => {
    servePreferences();
    await openMenuBy(".settings");
    expect(find(".panel").dataset.view).toBe("preferences");
    click(".back");
    expect(find(".preferences").hidden).toBe(true);
    expect(bell.shadowRoot?.activeElement).toBe(find(".header .title"));
  });
});
