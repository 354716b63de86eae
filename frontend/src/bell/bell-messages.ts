/** The texts of the bell itself, which it needs without its panel. */

import type { PanelMessages } from "../panel/panel-messages";
import type { Message } from "../view/messages";

export const BELL_ENGLISH = {
  label: "Notifications",
  trigger: "{label}, {count} unread",
  triggerNone: "{label}, none unread",
  untitled: "Notification",
  arrivedOne: "New notification: {title}",
  arrived: { one: "{count} new notification", other: "{count} new notifications" } as Message,
};

/** Every text of the element. Replace any of them with `bell.messages = {...}`. */
export type Messages = typeof BELL_ENGLISH & PanelMessages;
