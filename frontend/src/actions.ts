/** What the controls of the panel do. */

import { dispatch } from "./bell-events";
import type { NotifyClient } from "./client";
import type { Translate } from "./messages";
import type { Panel } from "./panel";
import type { Result } from "./requests";
import type { Row } from "./row";

export interface ActionHost {
  readonly element: HTMLElement;
  readonly panel: Panel;
  client(): NotifyClient | null;
  translate(): Translate;
  /** Shows the newest state at once. */
  render(): void;
}

export function wireActions(host: ActionHost): void {
  const { panel } = host;
  panel.element.addEventListener("click", (event) => click(host, event));
  panel.element.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && moveFocus(panel, event.target, step)) event.preventDefault();
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

/** The item itself was clicked: its link leads where it leads, and it is read. */
function choose(host: ActionHost, client: NotifyClient, event: MouseEvent, row: Row): void {
  const { item, link } = row;
  // Whoever marks text with the mouse wants the text, not the item.
  if (!item || getSelection()?.isCollapsed === false) return;
  const go = dispatch(host.element, "notify-click", { item });
  if (!go) event.preventDefault();
  // On its way through `go/` the server marks it read by itself.
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

/** The button may go with the last page; the keyboard goes on at the first row that is new. */
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

/** Up and down step through the list, staying on the same kind of control. */
function moveFocus(panel: Panel, from: EventTarget | null, step: number): boolean {
  const rows = [...panel.list.element.children];
  const control = from instanceof HTMLElement ? from : null;
  const place = rows.findIndex((row) => row.contains(control));
  const next = rows[place < 0 ? (step > 0 ? 0 : -1) : place + step];
  const action = place < 0 ? "open" : control?.dataset.action;
  const target =
    next?.querySelector<HTMLElement>(
      `a[href][data-action="${action}"], button[data-action="${action}"]`,
    ) ?? next?.querySelector<HTMLElement>("button");
  target?.focus();
  return target !== undefined && target !== null;
}
