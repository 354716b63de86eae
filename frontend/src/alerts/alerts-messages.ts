/** The texts of the switches, and of a desktop notification for several at once. */

import type { Message } from "../view/messages";

export const ALERTS_ENGLISH = {
  label: "How this browser tells what is new",
  desktop: "Desktop notifications",
  desktopText: "While you look at another window or tab.",
  blocked: "Your browser blocks notifications from this site. Allow them in its settings.",
  sound: "Sound",
  soundText: "When something arrives.",
  untitled: "Notification",
  arrived: { one: "{count} new notification", other: "{count} new notifications" } as Message,
};

export type AlertsMessages = typeof ALERTS_ENGLISH;
