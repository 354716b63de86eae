/** What the controls and the keys of the panel do. */

import type { PanelHost } from "../bell/panel-host";
import type { NotifyClient } from "../client/client";
import type { Result } from "../client/requests";
import { dispatch } from "../view/bell-events";
import type { Item } from "../wire/protocol";
import { focusRow } from "./focus";
import { actionOf } from "./keys";
import type { ListSource } from "./list-source";
import type { MenuLoader } from "./menu-host";
import { choose as chooseOffer } from "./offers";
import { run } from "./outcome";
import type { Pager } from "./pager";
import type { Panel } from "./panel";
import type { PanelContext } from "./panel-context";
import type { Row } from "./row";
import { archive, markAllRead, remove } from "./undo";

export { run };

/** The bell's panel, as its actions see it. */
export interface ActionHost {
  readonly bell: PanelHost;
  readonly panel: Panel;
  readonly context: PanelContext;
  readonly pager: Pager;
  /** The list that is shown instead of the inbox, if any. */
  readonly source: ListSource | null;
  readonly menu: MenuLoader;
  /** Draws the current state now. */
  render(): void;
  /** Shows another list; null stands for the inbox. */
  show(source: ListSource | null): void;
}

/** Something that a person did in the panel. */
export interface Scene {
  readonly host: ActionHost;
  readonly client: NotifyClient;
  readonly event: Event;
  /** The row where it happened. */
  readonly row: Row | undefined;
}

type Action = (scene: Scene) => void;

/** What each `data-action` and each action of a key does. */
const ACTIONS: Readonly<Record<string, Action>> = {
  close: ({ host }) => host.panel.element.hidePopover(),
  all: ({ host, client, event }) => {
    const button = (event.target as Element).closest("[aria-disabled]");
    if (!button) void markAllRead(host, client);
  },
  more: ({ host }) => void more(host),
  news: ({ host }) => {
    host.panel.list.release();
    host.panel.scroller.scrollTop = 0;
    host.render();
    host.panel.list.first?.control().focus({ preventScroll: true });
  },
  help: ({ host }) => void host.menu.use((menu) => menu.toggleHelp()),
  open: (scene) => choose(scene),
  toggle: forItem((client, { id, read }) => mark(client, id, !read)),
  read: forItem((client, { id }) => mark(client, id, true)),
  unread: forItem((client, { id }) => mark(client, id, false)),
  archive: ({ host, client, row }) => {
    if (row?.item?.archived) void run(host, client.unarchive([row.item.id]));
    else if (row?.item) void archive(host, client, row.item);
  },
  delete: ({ host, client, row }) => {
    if (row?.item) void remove(host, client, row.item);
  },
  undo: ({ host }) => host.panel.notice.end(true),
  menu: ({ host, client, row }) => {
    const item = row?.item;
    if (item) void host.menu.use((menu) => menu.open(client, item, row.menu));
  },
  preferences: ({ host }) => void host.menu.use((menu) => menu.openPreferences()),
  offer: (scene) => chooseOffer(scene),
  next: ({ host, event }) => focusRow(host.panel, event.target, (place) => place + 1),
  previous: ({ host, event }) =>
    focusRow(host.panel, event.target, (place, count) => (place < 0 ? count : place) - 1),
  first: ({ host, event }) => focusRow(host.panel, event.target, () => 0),
  last: ({ host, event }) => focusRow(host.panel, event.target, (_place, count) => count - 1),
};

export function wireActions(host: ActionHost): void {
  const { element } = host.panel;
  element.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const control = event.target.closest<HTMLElement>("[data-action]");
    perform(host, event, control?.dataset.action ?? "open");
  });
  element.addEventListener("keydown", (event) => {
    const { key, target } = event;
    // A title without a link is a button only by its role.
    if ((key === "Enter" || key === " ") && (target as Element).matches("a[role]")) {
      (target as HTMLElement).click();
      event.preventDefault();
      return;
    }
    const action = actionOf(event);
    if (action && perform(host, event, action)) event.preventDefault();
  });
}

/** Does what an action names, if it is known and there is an inbox. */
export function perform(host: ActionHost, event: Event, name: string): boolean {
  const client = host.bell.client;
  const action = ACTIONS[name];
  if (!client || !action) return false;
  action({ host, client, event, row: host.panel.list.rowOf(event.target) });
  return true;
}

/** An action on the item of the row. It shows at once, and is undone if the server refuses it. */
function forItem(command: (client: NotifyClient, item: Item) => Promise<Result>): Action {
  return ({ host, client, row }) => {
    if (row?.item) void run(host, command(client, row.item));
  };
}

function mark(client: NotifyClient, id: number, read: boolean): Promise<Result> {
  return read ? client.markRead([id]) : client.markUnread([id]);
}

/** Marks the chosen item read, unless its link does that, and lets the page decide where to go. */
function choose({ host, client, event, row }: Scene): void {
  if (!row?.item || !(event instanceof MouseEvent)) return;
  const { item, link } = row;
  // The end of selecting text with the mouse is a click too.
  if (isByPointer(event) && getSelection()?.isCollapsed === false) return;
  const go = dispatch(host.bell, "notify-click", { item, originalEvent: event });
  if (!go) event.preventDefault();
  // The link goes by way of `go/`, where the server marks the item read.
  const marked = go && link !== "" && !link.startsWith("mailto:");
  if (!marked && !item.read) void run(host, client.markRead([item.id]));
}

/**
 * Whether a click was made with a mouse, pen or finger. One by keyboard has no detail, except on a
 * link in Firefox; but it names no kind of pointer.
 */
function isByPointer(event: MouseEvent): boolean {
  return event.detail > 0 && (event as PointerEvent).pointerType !== "";
}

/** Shows more rows. If the button had the focus, it moves to the first of them. */
async function more(host: ActionHost): Promise<void> {
  const { panel } = host;
  const last = panel.list.element.lastElementChild;
  const root = panel.element.getRootNode() as ShadowRoot;
  const focused = root.activeElement === panel.more;
  const came = await host.pager.more();
  if (came && focused)
    panel.list
      .rowOf(last?.nextElementSibling ?? null)
      ?.control()
      .focus();
}
