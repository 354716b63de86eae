/** The language of a panel, and where its links lead. */

import type { PanelHost } from "../bell/panel-host";
import { type Translate, translator } from "../view/messages";
import { PANEL_ENGLISH, type PanelMessages } from "./panel-messages";

export interface PanelContext {
  readonly translate: Translate<PanelMessages>;
  readonly locale: string;
  readonly inboxUrl: string;
  readonly label: string;
}

/**
 * Gathers what the host says now. A new object means that everything has to be drawn again.
 *
 * @param texts - the server's texts in the language of the page; what they leave out is English
 */
export function contextOf(
  { locale, inboxUrl, label, messages }: PanelHost,
  texts: Partial<PanelMessages>,
): PanelContext {
  const translate = translator<PanelMessages>({ ...PANEL_ENGLISH, ...texts, ...messages }, locale);
  return { locale, inboxUrl, label, translate };
}
