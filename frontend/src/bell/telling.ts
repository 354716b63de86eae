/** What the bell tells the page, and the person, of what has changed. */

import type { Arrival } from "../client/client-events";
import type { ClientState } from "../client/state";
import { dispatch } from "../view/bell-events";
import { setAttribute } from "../view/dom";
import type { BellPanel } from "./panel-host";

/** The arrivals that the page has been told of. */
const told = new WeakSet<Arrival["items"]>();

/** Of several bells the first one tells the page; the first that is shown tells the person. */
export function tell(
  bell: HTMLElement,
  event: CustomEvent<Arrival>,
  { speaks, inbox }: ClientState,
  load: () => Promise<BellPanel>,
): void {
  const { items } = event.detail;
  if (!told.has(items)) dispatch(bell, "notify-received", { items });
  told.add(items);
  // Once every listener has been asked whether it tells the person itself.
  queueMicrotask(() => {
    if (event.defaultPrevented || !speaks || !bell.checkVisibility()) return;
    event.preventDefault();
    void load().then(
      (panel) => panel.announce(items, inbox),
      () => {},
    );
  });
}

/** Tells the page, by attributes and events, what has changed; before the first state, nothing has. */
export function tellChanges(
  bell: HTMLElement,
  before: ClientState | null,
  { unread, status }: ClientState,
): void {
  setAttribute(bell, "data-unread", String(unread));
  setAttribute(bell, "data-status", status);
  if (before && before.unread !== unread) dispatch(bell, "notify-unread-change", { unread });
  if (before && before.status !== status) dispatch(bell, "notify-status", { status });
}
