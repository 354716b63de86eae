/** The texts of the bell itself, which it needs without its panel. */

import type { PanelMessages } from "../panel/panel-messages";

export const BELL_ENGLISH = {
  label: "Notifications",
  trigger: "{label}, {count} unread",
  triggerNone: "{label}, none unread",
};

/** Every text of the element. Replace any of them with `bell.messages = {...}`. */
export type Messages = typeof BELL_ENGLISH & PanelMessages;
