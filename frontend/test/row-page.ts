/** A panel that shows one row; what the tests of what a row offers have in common. */

import { vi } from "vitest";
import { bell, click, greet } from "./bell-page";
import { item, settled } from "./builders";

/** Opens the panel with this item. */
export async function open(more: object): Promise<void> {
  await greet([item(1, 10, { message: "Order 7", ...more })]);
  click(".trigger");
  await settled();
}

/** Opens it, and loads the menu by a click on what opens it, or the preferences. */
export async function openMenuBy(selector: string, more: object = {}): Promise<void> {
  bell.setAttribute("menu-url", "/src/menu/notify-menu.ts");
  await open(more);
  click(selector);
  await vi.dynamicImportSettled();
  await settled();
}

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
export function servePreferences(status = 200): unknown[] {
  const posted: unknown[] = [];
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit = {}) => {
    if (init.method === "POST") posted.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify(PREFERENCES), { status });
  });
  return posted;
}
