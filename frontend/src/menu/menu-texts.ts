/** The texts of this bundle in the language of the panel that has loaded it. */

import type { ActionHost } from "../panel/actions";
import type { PanelMessages } from "../panel/panel-messages";
import type { Translate } from "../view/messages";
import { MENU_ENGLISH, type MenuMessages } from "./menu-messages";

export type MenuTexts = PanelMessages & MenuMessages;

/** Returns what looks up a text now; the language may be another one later. */
export function translateFor({ context }: ActionHost): Translate<MenuTexts> {
  return context.translatorWith(MENU_ENGLISH);
}
