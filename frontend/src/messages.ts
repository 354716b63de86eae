/** Every text of the element. Replace any of them with `bell.messages = {...}`. */

/** A text, or a text for each plural form of the language. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

export const ENGLISH = {
  label: "Notifications",
  trigger: "{label}, {count} unread",
  triggerNone: "{label}, none unread",
  unread: "Unread",
  markAll: "Mark all read",
  close: "Close",
  markRead: "Mark as read",
  markUnread: "Mark as unread",
  archive: "Archive",
  doTo: "{action}: {title}",
  untitled: "Notification",
  times: { one: "once", other: "{count} times" } as Message,
  success: "Success",
  warning: "Warning",
  error: "Error",
  more: "Show more",
  all: "See all notifications",
  emptyTitle: "You are all caught up",
  emptyText: "What is new appears here by itself.",
  reconnecting: "Reconnecting…",
  stale: "This list may be out of date.",
  offline: "You are offline. This list may be out of date.",
  signedOut: "You are signed out. Sign in again.",
  stopped: "Live updates are off. Reload the page.",
  failed: "That did not work. Please try again.",
  arrivedOne: "New notification: {title}",
  arrived: { one: "{count} new notification", other: "{count} new notifications" } as Message,
};

export type Messages = typeof ENGLISH;

export type Translate = (
  name: keyof Messages,
  values?: Readonly<Record<string, string | number>>,
) => string;

/** Makes a function that looks up a text, picks its plural form by `count` and fills its gaps. */
export function translator(messages: Messages, locale: string): Translate {
  const plurals = new Intl.PluralRules(locale);
  return (name, values = {}) => {
    const message: Message = messages[name];
    const text =
      typeof message === "string"
        ? message
        : (message[plurals.select(Number(values.count ?? 0))] ?? message.other ?? "");
    return text.replace(/\{(\w+)\}/g, (gap, key: string) => String(values[key] ?? gap));
  };
}
