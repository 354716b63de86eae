/** Connects the controls of the panel with the client. */

import type { NotifyClient } from "../client/client";
import type { Result } from "../client/requests";
import { dispatch } from "../view/bell-events";
import type { Translate } from "../view/messages";
import type { Panel } from "./panel";
import type { PanelMessages } from "./panel-messages";
import type { Row } from "./row";

export interface ActionHost {
  readonly element: HTMLElement;
  readonly panel: Panel;
  client(): NotifyClient | null;
  translate(): Translate<PanelMessages>;
  /** Draws the current state now. */
  render(): void;
}

export function wireActions(host: ActionHost): void {
  const { panel } = host;
  panel.element.addEventListener("click", (event) => click(host, event));
  panel.element.addEventListener("keydown", (event) => {
    // With a modifier these keys are the browser's or the screen reader's.
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (moveFocus(panel, event.target, event.key)) event.preventDefault();
  });
}

function click(host: ActionHost, event: MouseEvent): void {
  const client = host.client();
  if (!client || !(event.target instanceof Element)) return;
  const { panel } = host;
  const row = panel.list.rowOf(event.target);
  const control = event.target.closest<HTMLElement>("[data-action]");
  const item = row?.item;
  switch (control?.dataset.action) {
    case "close":
      panel.element.hidePopover();
      return;
    case "all":
      if (!control?.hasAttribute("aria-disabled")) void run(host, client.markAllRead());
      return;
    case "more":
      void more(host, client);
      return;
    case "toggle":
      if (item) void run(host, mark(client, item.id, !item.read), row);
      return;
    case "archive":
      if (item) void run(host, client.archive([item.id]), row);
      return;
    default:
      if (row) choose(host, client, event, row);
  }
}

function mark(client: NotifyClient, id: number, read: boolean): Promise<Result> {
  return read ? client.markRead([id]) : client.markUnread([id]);
}

/** Marks the chosen item read, unless its link does that, and lets the page decide where to go. */
function choose(host: ActionHost, client: NotifyClient, event: MouseEvent, row: Row): void {
  const { item, link } = row;
  if (!item) return;
  // The end of selecting text with the mouse is a click too. A click by keyboard has no detail.
  if (event.detail > 0 && getSelection()?.isCollapsed === false) return;
  const go = dispatch(host.element, "notify-click", { item, originalEvent: event });
  if (!go) event.preventDefault();
  // The link goes by way of `go/`, where the server marks the item read.
  const marked = go && link !== "" && !link.startsWith("mailto:");
  if (!marked && !item.read) void run(host, client.markRead([item.id]), row);
}

async function run(host: ActionHost, work: Promise<Result>, row?: Row): Promise<boolean> {
  host.panel.showError("");
  row?.setBusy(true);
  const { ok, error } = await work;
  row?.setBusy(false);
  if (error) {
    host.panel.showError(host.translate()("failed"));
    dispatch(host.element, "notify-error", error);
  }
  return ok;
}

/** Loads a page. If the button had the focus, it moves to the first row of that page. */
async function more(host: ActionHost, client: NotifyClient): Promise<void> {
  const { panel } = host;
  const last = panel.list.element.lastElementChild;
  const root = panel.element.getRootNode() as ShadowRoot;
  const focused = root.activeElement === panel.more;
  if (!(await run(host, client.loadMore()))) return;
  host.render();
  const first = last?.nextElementSibling?.querySelector<HTMLElement>("a[href], button");
  if (focused) first?.focus();
}

/** Which row a key leads to from the one at `place`, which is -1 outside of the list. */
const DESTINATIONS: Readonly<Record<string, (place: number, count: number) => number>> = {
  ArrowDown: (place) => place + 1,
  ArrowUp: (place, count) => (place < 0 ? count : place) - 1,
  Home: () => 0,
  End: (_place, count) => count - 1,
};

/** Moves the focus to another row, staying on the same kind of control. False if there is none. */
function moveFocus(panel: Panel, from: EventTarget | null, key: string): boolean {
  const rows = [...panel.list.element.children];
  const control = from instanceof HTMLElement ? from : null;
  const place = rows.findIndex((row) => row.contains(control));
  const row = rows[DESTINATIONS[key]?.(place, rows.length) ?? -1];
  // In a row without a link, its first button has stood in for one.
  const here = rows[place];
  const standIn =
    here && !here.querySelector("a[href]") && here.querySelector("button") === control;
  const action = !here || standIn ? "open" : control?.dataset.action;
  const target =
    row?.querySelector<HTMLElement>(
      `a[href][data-action="${action}"], button[data-action="${action}"]`,
    ) ?? row?.querySelector<HTMLElement>("button");
  target?.focus();
  return Boolean(target);
}
