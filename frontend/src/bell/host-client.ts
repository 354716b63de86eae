/** The client of the inbox that the attributes of an element name. */

import type { NotifyClient } from "../client/client";
import { acquire } from "../client/registry";
import { importer } from "../view/imports";
import type { PanelModule } from "./panel-host";

/** The attributes that say which inbox it is, and where. */
export const ADDRESS: readonly string[] = ["user", "ws-url", "api-url", "socket"];

/** Returns the connected client and keeps it until the element releases it. */
export function acquireFor(element: HTMLElement): NotifyClient {
  const given = (name: string) => element.getAttribute(name);
  return acquire(
    {
      wsUrl: given("ws-url") ?? "/ws/notifications/",
      apiUrl: given("api-url") ?? "/notifications/api/",
      socket: given("socket"),
      user: given("user") ?? "",
      unread: Number(given("unread")) || 0,
    },
    element,
    async () => (await importPanel(element)).createActing,
  );
}

let load = importer<PanelModule>();

/** Loads the panel some other way than by `panel-url`: a bundler's `() => import(...)`. */
export function loadPanelBy(loader: typeof load): void {
  load = loader;
}

/** Loads the panel's bundle, which also has the part of the client that acts. */
export function importPanel(element: HTMLElement): Promise<PanelModule> {
  const url = element.getAttribute("panel-url") ?? new URL("notify-panel.js", import.meta.url).href;
  return load(url);
}

/** Makes something when it is first asked for, and again only after that has failed. */
export function untilDone<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let making: Promise<Made> | undefined;
  return () => {
    making ??= make().catch((error) => {
      making = undefined;
      throw error;
    });
    return making;
  };
}
