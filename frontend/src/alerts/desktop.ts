/** The notifications of the system that a page shows, as long as it is open. */

import type { Item } from "../wire/protocol";

export interface Announced {
  readonly title: string;
  readonly body: string;
  /** One notification of a tag takes the place of another, also of another tab. */
  readonly tag: string;
  readonly lang: string;
}

export class Desktop {
  readonly #shown = new Map<number, Notification>();

  /** Shows something about items; `click` is what a click does once the page is in front. */
  show({ title, ...options }: Announced, items: readonly Item[], click: () => void): void {
    let shown: Notification;
    try {
      shown = new Notification(title, options);
    } catch {
      return; // Chrome on Android shows none without a service worker; Web Push has one.
    }
    for (const { id } of items) this.#shown.set(id, shown);
    shown.onclick = () => {
      window.focus();
      shown.close();
      click();
    };
  }

  /** Takes away what is about items that are unread no more. */
  update(items: readonly Item[]): void {
    const unread = new Set(items.filter(({ read }) => !read).map(({ id }) => id));
    for (const [id, shown] of this.#shown) {
      if (unread.has(id)) continue;
      this.#shown.delete(id);
      if (![...this.#shown.values()].includes(shown)) shown.close();
    }
  }

  /** Takes everything away: the person looks at the page, or another one is signed in. */
  clear(): void {
    this.update([]);
  }
}

export function permission(): NotificationPermission | "unsupported" {
  return "Notification" in window ? Notification.permission : "unsupported";
}
