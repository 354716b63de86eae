/** The texts of the panel. */

import type { Message } from "../view/messages";

export const PANEL_ENGLISH = {
  unread: "Unread",
  markAll: "Mark all read",
  close: "Close",
  markRead: "Mark as read",
  markUnread: "Mark as unread",
  archive: "Archive",
  doTo: "{action}: {title}",
  times: { one: "{count} time", other: "{count} times" } as Message,
  success: "Success",
  warning: "Warning",
  error: "Error",
  more: "Show more",
  retry: "Try again",
  newItems: { one: "{count} new", other: "{count} new" } as Message,
  earlier: "earlier",
  delete: "Delete",
  keys: "Keys",
  keyMove: "Next or previous",
  keyEnds: "First or last",
  keyOpen: "Open",
  keyHelp: "Show or hide this help",
  all: "See all notifications",
  untitled: "Notification",
  arrivedOne: "New notification: {title}",
  arrived: { one: "{count} new notification", other: "{count} new notifications" } as Message,
  emptyTitle: "You are all caught up",
  emptyText: "What is new appears here by itself.",
  reconnecting: "Reconnecting…",
  polling: "Live updates are off. Checked every few minutes.",
  stale: "This list may be out of date.",
  offline: "You are offline. This list may be out of date.",
  signedOut: "You are signed out. Sign in again.",
  stopped: "Live updates are off. Reload the page.",
  failed: "That did not work. Please try again.",
};

export type PanelMessages = typeof PANEL_ENGLISH;
