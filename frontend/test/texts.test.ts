/** The bell and its panel in the language of the page. */

import { expect, it, vi } from "vitest";
import { bell, find, greet, openPageForEachTest } from "./bell-page";
import { settled } from "./builders";

openPageForEachTest();

/** Gives the bell what the template tag gives it on a German page. */
async function speakGerman(answer: () => Promise<Response>): Promise<void> {
  vi.stubGlobal("fetch", vi.fn(answer));
  bell.setAttribute("lang", "de");
  bell.setAttribute("texts", JSON.stringify({ trigger: "{label}, {count} ungelesen" }));
  bell.setAttribute("texts-url", "/texts/?version=1");
  await settled();
  await settled();
}

const GERMAN = { markAll: "Alle als gelesen markieren", close: "Schließen" };

it("says its own texts in the language of the page", async () => {
  await speakGerman(() => Promise.resolve(Response.json(GERMAN)));
  expect(find(".trigger").getAttribute("aria-label")).toBe("Notifications, 3 ungelesen");
});

it("fetches the panel's texts, once", async () => {
  await greet();
  await speakGerman(() => Promise.resolve(Response.json(GERMAN)));
  bell.show();
  bell.setAttribute("label", "Post");
  await settled();
  expect(find(".mark-all").textContent).toBe(GERMAN.markAll);
  expect(find(".close").getAttribute("aria-label")).toBe(GERMAN.close);
  expect(find(".see-all").textContent).toBe("See all notifications");
  expect(fetch).toHaveBeenCalledTimes(1);
});

it("stays English where the texts cannot be had", async () => {
  await greet();
  await speakGerman(() => Promise.reject(new TypeError("Failed to fetch")));
  bell.show();
  expect(find(".mark-all").textContent).toBe("Mark all read");
});

it("lets the page replace the server's texts", async () => {
  await greet();
  await speakGerman(() => Promise.resolve(Response.json(GERMAN)));
  bell.messages = { markAll: "Alles gelesen", trigger: "{count} neue" };
  bell.show();
  expect(find(".mark-all").textContent).toBe("Alles gelesen");
  expect(find(".trigger").getAttribute("aria-label")).toBe("1 neue");
});
