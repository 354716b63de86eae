/** The events of `<notify-bell>`. They bubble, and cross the boundaries of shadow trees. */

import type { TransportStatus } from "../connection/transport";
import type { Item, Problem } from "../wire/protocol";

export interface BellEvents {
  "notify-received": { readonly items: readonly Item[] };
  "notify-open": null;
  "notify-close": null;
  /**
   * The user chose an item; `preventDefault()` stops the navigation. `originalEvent` is the click
   * itself, which shows whether Ctrl was held to open a tab.
   */
  "notify-click": { readonly item: Item; readonly originalEvent: MouseEvent };
  "notify-unread-change": { readonly unread: number };
  "notify-status": { readonly status: TransportStatus };
  "notify-error": Problem;
}

/** Dispatches an event; false if a listener called `preventDefault()`. */
export function dispatch<Name extends keyof BellEvents>(
  element: HTMLElement,
  name: Name,
  detail: BellEvents[Name],
): boolean {
  const cancelable = name === "notify-click";
  return element.dispatchEvent(
    new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }),
  );
}

declare global {
  interface HTMLElementEventMap {
    "notify-received": CustomEvent<BellEvents["notify-received"]>;
    "notify-open": CustomEvent<null>;
    "notify-close": CustomEvent<null>;
    "notify-click": CustomEvent<BellEvents["notify-click"]>;
    "notify-unread-change": CustomEvent<BellEvents["notify-unread-change"]>;
    "notify-status": CustomEvent<BellEvents["notify-status"]>;
    "notify-error": CustomEvent<Problem>;
  }
}
