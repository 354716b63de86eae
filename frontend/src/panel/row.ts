/** A notification as a row of the list. */

import { button, icon } from "../view/controls";
import { h, setAttribute, setText } from "../view/dom";
import { headline } from "../view/headline";
import { linkFor } from "../view/links";
import { absoluteTime, relativeTime } from "../view/time";
import type { Item } from "../wire/protocol";
import { Offers } from "./offers";
import type { PanelContext } from "./panel-context";
import { drawPicture } from "./picture";

const LEVELS = ["success", "warning", "error"] as const;

/** What changes when an item is marked, which is what changes most often. */
const MARKS: readonly (keyof Item)[] = ["rev", "read", "seen"];

export class Row {
  readonly element: HTMLLIElement;
  /** What moves when a finger swipes: all but the heading of the day. */
  readonly card: HTMLElement;
  /** The seq by which the list has placed it. */
  place = 0;
  /** When it came, in milliseconds. */
  time = 0;
  #heading: HTMLElement | null = null;
  readonly #icon = h("span", "item-icon", { "aria-hidden": "true" });
  readonly #unread = h("span", "sr");
  readonly #title = h("span");
  readonly #link = h("a", "item-title", { "data-action": "open" }, this.#unread, this.#title);
  readonly #target = h("span");
  readonly #latest = h("span");
  readonly #repeats = h("p", "repeats", {}, this.#target, this.#latest);
  readonly #description = h("p", "item-description");
  readonly #level = h("span", "level");
  readonly #actor = h("span");
  readonly #time = h("time");
  readonly #toggle = button("mark-read", "toggle", h("span"));
  readonly #archive = button("archive", "archive", icon("archive"));
  /** Opens the menu of further actions. */
  readonly menu = button("menu", "menu", icon("more"));
  /** The place for the actions that the event brings along. */
  readonly offers = new Offers();
  #picture = "";
  #item: Item | null = null;
  #context: PanelContext | null = null;

  constructor(id: number) {
    const meta = h("p", "meta", {}, this.#level, this.#actor, this.#time);
    this.card = h(
      "div",
      "card",
      {},
      this.#icon,
      h(
        "div",
        "item-body",
        {},
        this.#repeats,
        this.#link,
        this.#description,
        meta,
        this.offers.element,
      ),
      h("div", "actions", {}, this.#archive, this.menu, this.#toggle),
    );
    this.element = h("li", "item", { "data-id": String(id) }, this.card);
    setAttribute(this.menu, "aria-haspopup", "menu");
    this.setTabbable(false);
  }

  get item(): Item | null {
    return this.#item;
  }

  /** The `href` of the title, or "". */
  get link(): string {
    return this.#link.getAttribute("href") ?? "";
  }

  update(item: Item, context: PanelContext): void {
    const before = this.#item;
    if (item === before && context === this.#context) return;
    const isOnlyMarked =
      context === this.#context &&
      (Object.keys(item) as (keyof Item)[]).every(
        (name) => MARKS.includes(name) || item[name] === before?.[name],
      );
    this.#item = item;
    this.#context = context;
    const { translate } = context;
    const title = headline(item, translate("untitled"));
    setAttribute(this.element, "part", item.read ? "item" : "item item-unread");
    setAttribute(this.element, "data-unread", !item.read);
    setText(this.#unread, item.read ? "" : `${translate("unread")}: `);
    const own = context.ownContent(item, this.element);
    if (own) this.#title.replaceChildren(own);
    else setText(this.#title, title);
    this.#show(this.#description, own ? "" : item.description);
    this.#name(this.#toggle, translate(item.read ? "markUnread" : "markRead"), title);
    if (!isOnlyMarked) this.#describe(item, context, title);
  }

  /** Draws what marks leave as it is, which takes most of the time. */
  #describe(item: Item, { translate, locale, inboxUrl }: PanelContext, title: string): void {
    const level = LEVELS.find((name) => name === item.level);
    const link = linkFor(item.id, item.url, inboxUrl);
    this.time = Date.parse(item.created);
    setAttribute(this.element, "data-level", level ?? "info");
    const picture = `${level} ${item.image}`;
    if (picture !== this.#picture) drawPicture(this.#icon, item.image, level ?? "bell");
    this.#picture = picture;
    this.offers.update(item, this.#link.getAttribute("tabindex"));
    setAttribute(this.#link, "href", link || undefined);
    // Without a link, choosing it marks it read.
    setAttribute(this.#link, "role", link ? undefined : "button");
    this.#head(item);
    this.#show(this.#level, level ? translate(level) : "");
    this.#show(this.#actor, item.message ? (item.actor?.text ?? "") : "");
    setAttribute(this.#time, "datetime", item.created);
    setAttribute(this.#time, "title", absoluteTime(item.created, locale));
    this.#name(this.#archive, translate(item.archived ? "unarchive" : "archive"), title);
    this.#name(this.menu, translate("menu"), title);
    this.tick();
  }

  /** Updates the relative time, which grows old while nothing else changes. */
  tick(now = Date.now()): void {
    if (!this.#item || !this.#context) return;
    setText(this.#time, relativeTime(this.#item.created, now, this.#context.locale));
  }

  /** The control of an action, or the title if the row does not offer that action. */
  control(action = "open"): HTMLElement {
    const found = this.card.querySelector<HTMLElement>(`[data-action="${action}"]:not([hidden])`);
    return found ?? this.#link;
  }

  /** Puts the row's controls into the tab order, or takes them out. */
  setTabbable(tabbable: boolean): void {
    for (const control of this.card.querySelectorAll("a, button")) {
      setAttribute(control, "tabindex", tabbable ? "0" : "-1");
    }
  }

  /** Shows a heading above the row; none if it is empty. */
  setHeading(text: string): void {
    if (!text && !this.#heading) return;
    this.#heading ??= h("h3", "day");
    if (!this.#heading.isConnected) this.element.prepend(this.#heading);
    this.#show(this.#heading, text);
  }

  /** Says over what has come several times how often, and what it is all about. */
  #head({ occurrences, message, target }: Item): void {
    setAttribute(this.#repeats, "hidden", occurrences < 2);
    // A sentence of actor, verb and objects has the target in it.
    this.#show(this.#target, message ? (target?.text ?? "") : "");
    setText(this.#latest, this.#context?.translate("latest", { count: occurrences }) ?? "");
  }

  #show(element: HTMLElement, text: string): void {
    setText(element, text);
    setAttribute(element, "hidden", !text);
  }

  /**
   * Every row has the same buttons: their accessible names include the item's title. The tooltip is
   * that name; beside a label of its own it would be read out as well.
   */
  #name(button: HTMLButtonElement, action: string, title: string): void {
    setAttribute(button, "title", this.#context?.translate("doTo", { action, title }));
    setAttribute(button, "data-name", action);
  }
}
