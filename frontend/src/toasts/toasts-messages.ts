/** The texts of the toasts. */

import type { Message } from "../view/messages";

export const TOASTS_ENGLISH = {
  region: "New notifications",
  untitled: "Notification",
  markRead: "Mark as read",
  close: "Close",
  doTo: "{action}: {title}",
  success: "Success",
  warning: "Warning",
  error: "Error",
  rest: { one: "{count} more", other: "{count} more" } as Message,
  away: {
    one: "{count} new notification while you were away",
    other: "{count} new notifications while you were away",
  } as Message,
  arrivedOne: "New notification: {title}",
  arrived: { one: "{count} new notification", other: "{count} new notifications" } as Message,
};

export type ToastsMessages = typeof TOASTS_ENGLISH;
