/** The language of a panel, and where its links lead. */

import type { PanelHost } from "../bell/panel-host";
import { type Translate, translator } from "../view/messages";
import { localeOf } from "../view/time";
import type { Item } from "../wire/protocol";
import { ownContent } from "./own-content";
import { PANEL_ENGLISH, type PanelMessages } from "./panel-messages";

export interface PanelContext {
  readonly translate: Translate<PanelMessages>;
  readonly locale: string;
  readonly inboxUrl: string;
  readonly label: string;
  /** Whether the page wants no socket: that there is none is no news then. */
  readonly withoutSocket: boolean;
  /** What the page itself shows in a row; null for the usual content. */
  readonly ownContent: (item: Item, row: HTMLElement) => Node | null;
}

/**
 * Gathers what the host says now. A new object means that everything has to be drawn again.
 *
 * @param texts - the server's texts in the language of the page; what they leave out is English
 */
export function contextOf(host: PanelHost, texts: Partial<PanelMessages>): PanelContext {
  const { inboxUrl, label, messages } = host;
  const locale = localeOf(host);
  const translate = translator<PanelMessages>({ ...PANEL_ENGLISH, ...texts, ...messages }, locale);
  const own: PanelContext["ownContent"] = (item, row) => ownContent(host, item, row);
  const withoutSocket = host.getAttribute("socket") === "off";
  return { locale, inboxUrl, label, withoutSocket, translate, ownContent: own };
}
