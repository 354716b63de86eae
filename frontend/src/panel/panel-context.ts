/** The language of a panel, and where its links lead. */

import type { Messages } from "../bell/bell-messages";
import type { PanelHost } from "../bell/panel-host";
import { type Message, type Translate, translator } from "../view/messages";
import { localeOf } from "../view/time";
import type { Item } from "../wire/protocol";
import { ownContent } from "./own-content";
import { PANEL_ENGLISH, type PanelMessages } from "./panel-messages";

export interface PanelContext {
  readonly translate: Translate<PanelMessages>;
  /** Makes a function for the panel's texts and those, in English, of a part that is loaded later. */
  readonly translatorWith: TranslatorWith;
  readonly locale: string;
  readonly inboxUrl: string;
  readonly label: string;
  /** Whether the page wants no socket: that there is none is no news then. */
  readonly withoutSocket: boolean;
  /** What the page itself shows in a row; null for the usual content. */
  readonly ownContent: (item: Item, row: HTMLElement) => Node | null;
}

type TranslatorWith = <More extends Readonly<Record<string, Message>>>(
  english: More,
) => Translate<PanelMessages & More>;

/**
 * Gathers what the host says now. A new object means that everything has to be drawn again.
 *
 * @param texts - the server's texts in the language of the page; what they leave out is English
 */
export function contextOf(host: PanelHost, texts: Partial<Messages>): PanelContext {
  const { inboxUrl, label, messages } = host;
  const locale = localeOf(host);
  const translatorWith: TranslatorWith = (english) =>
    translator({ ...PANEL_ENGLISH, ...english, ...texts, ...messages }, locale);
  const translate = translatorWith({});
  const own: PanelContext["ownContent"] = (item, row) => ownContent(host, item, row);
  const withoutSocket = host.getAttribute("socket") === "off";
  return { locale, inboxUrl, label, withoutSocket, translate, translatorWith, ownContent: own };
}
