/** A card: a notification that has just arrived, or the number of those that have no card. */

import { button, icon } from "../view/controls";
import { h, setAttribute, setText } from "../view/dom";
import { headline } from "../view/headline";
import { linkFor } from "../view/links";
import type { Translate } from "../view/messages";
import type { Item } from "../wire/protocol";
import type { ToastsMessages } from "./toasts-messages";

export interface ToastContext {
  readonly translate: Translate<ToastsMessages>;
  readonly locale: string;
  readonly inboxUrl: string;
}

const LEVELS = ["success", "warning", "error"] as const;

/** Whether an item stays on the screen until somebody has dealt with it. */
export function stays(item: Item): boolean {
  return item.level === "error";
}

export class Toast {
  readonly #icon = h("span", "item-icon", { "aria-hidden": "true" });
  readonly #title = h("a", "item-title", { "data-action": "open" });
  readonly #description = h("p", "item-description");
  readonly #meta = h("p", "meta");
  readonly #read = button("mark-read", "read");
  readonly #close = button("close", "close", icon("close"));
  readonly element = h(
    "li",
    "toast",
    {},
    this.#icon,
    h("div", "item-body", {}, this.#title, this.#description, this.#meta, this.#read),
    this.#close,
  );
  /** What the card is about; null if it stands for several. */
  item: Item | null = null;
  /** Whether the card stays until somebody closes it. */
  stays = false;

  get link(): string {
    return this.#title.getAttribute("href") ?? "";
  }

  /** Shows a notification. */
  show(item: Item, { translate, locale, inboxUrl }: ToastContext): void {
    this.item = item;
    this.stays = stays(item);
    const title = headline(item, translate("untitled"));
    const level = LEVELS.find((name) => name === item.level);
    const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
    const actor = item.message && item.actor?.text;
    const words = [level && translate(level), actor, time.format(new Date(item.created))];
    setAttribute(this.element, "data-level", level ?? "info");
    this.#icon.replaceChildren(icon(level ?? "bell"));
    this.#draw(title, linkFor(item.id, item.url, inboxUrl), translate);
    setText(this.#description, item.description);
    setText(this.#meta, words.filter(Boolean).join(" · "));
    setText(this.#read, translate("markRead"));
    setAttribute(
      this.#read,
      "aria-label",
      translate("doTo", { action: translate("markRead"), title }),
    );
  }

  /** Shows how many there are that have no card. */
  sum(text: string, stays: boolean, { translate, inboxUrl }: ToastContext): void {
    this.stays = stays;
    this.#read.hidden = true;
    this.#draw(text, inboxUrl, translate);
  }

  #draw(title: string, link: string, translate: ToastContext["translate"]): void {
    setText(this.#title, title);
    setAttribute(this.#title, "href", link || undefined);
    const name = translate("doTo", { action: translate("close"), title });
    setAttribute(this.#close, "aria-label", name);
  }
}
