/**
 * What the bell and its panel know of each other.
 *
 * They are two bundles: the bell is on every page, the panel is fetched when somebody first turns to
 * the bell. So neither imports the other; the bell loads the panel by its URL and hands it this host.
 */

import type { CreateActing } from "../client/acting";
import type { NotifyClient } from "../client/client";
import type { ClientState } from "../client/state";
import type { Item } from "../wire/protocol";
import type { Messages } from "./bell-messages";

/** The `<notify-bell>`, whose open shadow root gets the panel and its styles. */
export interface PanelHost extends HTMLElement {
  readonly client: NotifyClient | null;
  readonly label: string;
  readonly inboxUrl: string;
  /** The texts that the page replaces. */
  readonly messages: Partial<Messages>;
  /** The page's own content of an item; nothing means the usual one. */
  renderItem?: RenderItem | undefined;
}

/** Makes the content of an item for its row, or returns nothing. */
export type RenderItem = (item: Item, row: HTMLElement) => Node | null | undefined;

/** The panel, as the bell sees it. It draws when it is told to. */
export interface BellPanel {
  /** The popover. The bell adds it to its shadow root. */
  readonly element: HTMLElement;
  /** Tells screen readers of arrivals, if this is still the inbox that is shown. */
  announce(items: readonly Item[], inbox: string | null): void;
  /** Shows a state of the inbox, if the panel is open or shows another account's. */
  draw(state: ClientState): void;
  /** The host has another language, other texts, a new label or client. */
  hostChanged(): void;
  /** The popover has opened, by the keyboard or not, or closed. */
  toggled(open: boolean, byKeyboard: boolean): void;
  /** The bell has left the page: nothing may go on. */
  stop(): void;
}

/** What the module at `panel-url` exports. */
export interface PanelModule {
  createPanel(host: PanelHost): Promise<BellPanel>;
  /** Makes the part of the client that acts, which the bell alone does not need. */
  readonly createActing: CreateActing;
}
