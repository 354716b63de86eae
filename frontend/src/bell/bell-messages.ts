/** The texts of the bell itself, which it needs without its panel. */

import type { MenuMessages } from "../menu/menu-messages";
import type { PanelMessages } from "../panel/panel-messages";
import { fill, givenTexts, type Values } from "../view/messages";

const BELL_ENGLISH = {
  label: "Notifications",
  trigger: "{label}, {count} unread",
  triggerNone: "{label}, none unread",
};

/** Every text of the element. Replace any of them with `bell.messages = {...}`. */
export type Messages = typeof BELL_ENGLISH & PanelMessages & MenuMessages;

/** Returns a text of the bell: the page's own, else the server's, else the English one. */
export function textOf(
  bell: HTMLElement & { readonly messages: Partial<Messages> },
  name: keyof typeof BELL_ENGLISH,
  values: Values = {},
): string {
  const texts = { ...BELL_ENGLISH, ...givenTexts(bell), ...bell.messages };
  return fill(texts[name], values);
}
