/** The cards on the screen: a few, each for a while, and one that sums up the rest. */

import { h, setAttribute } from "../view/dom";
import type { Item } from "../wire/protocol";
import { stays, Toast, type ToastContext } from "./toast";

/** What the page says about the cards. */
export interface StackOptions {
  readonly context: ToastContext;
  /** How many notifications have a card at once. */
  readonly max: number;
  /** How long a card is shown, in milliseconds; 0 is until somebody closes it. */
  readonly duration: number;
}

export class Stack {
  readonly #list = h("ol", "list", { role: "list" });
  readonly element = h("section", "toasts", { popover: "manual" }, this.#list);
  readonly #options: () => StackOptions;
  /** A card for each notification, the one that arrived first coming first. */
  readonly #toasts = new Map<number, Toast>();
  /** The notifications without a card. */
  readonly #rest = new Map<number, Item>();
  readonly #sum = new Toast();
  #away = false;
  readonly #timers = new Map<Toast, ReturnType<typeof setTimeout>>();
  #focusedBefore: HTMLElement | null = null;

  constructor(options: () => StackOptions) {
    this.#options = options;
    this.#sum.element.setAttribute("part", "toast rest");
    for (const sign of ["pointerleave", "focusout"]) {
      this.element.addEventListener(sign, () => this.restart());
    }
  }

  get isEmpty(): boolean {
    return this.#list.childElementCount === 0;
  }

  /** Gives each notification a card, and sums up those for which there is no room. */
  add(items: readonly Item[]): void {
    const { context, max } = this.#options();
    for (const item of [...items].reverse()) {
      const toast = this.#toasts.get(item.id) ?? new Toast();
      this.#toasts.delete(item.id);
      this.#toasts.set(item.id, toast);
      this.#rest.delete(item.id);
      toast.show(item, context);
      // A card that is there already stays where it is, under the pointer or the focus.
      if (!toast.element.isConnected) this.#list.prepend(toast.element);
      this.#start(toast);
    }
    while (this.#toasts.size > max) this.#sumUp();
    this.#changed();
  }

  /** Sums all of them up, because they arrived while nobody was there. */
  addMissed(items: readonly Item[]): void {
    this.#away = true;
    for (const item of items) this.#rest.set(item.id, item);
    this.#changed();
    this.#start(this.#sum);
  }

  /** Removes the cards of what has been dealt with, wherever that was. */
  update(items: readonly Item[]): void {
    if (this.isEmpty) return;
    const news = new Set(items.filter(isNews).map(({ id }) => id));
    for (const [id, toast] of this.#toasts) if (!news.has(id)) this.close(toast);
    const before = this.#rest.size;
    for (const id of this.#rest.keys()) if (!news.has(id)) this.#rest.delete(id);
    if (this.#rest.size < before) this.#changed();
  }

  clear(): void {
    this.update([]);
  }

  /** The card that contains a node. */
  toastOf(node: Node): Toast | undefined {
    return [...this.#toasts.values(), this.#sum].find(({ element }) => element.contains(node));
  }

  /** Closes a card. If it had the focus, that goes to the next card or back to the page. */
  close(toast: Toast): void {
    const { element } = toast;
    const focused = hasFocus(element);
    const next = element.nextElementSibling ?? element.previousElementSibling;
    clearTimeout(this.#timers.get(toast));
    this.#timers.delete(toast);
    if (toast.item) this.#toasts.delete(toast.item.id);
    else this.#rest.clear();
    element.remove();
    this.#changed();
    if (focused) (control(next) ?? this.#focusedBefore)?.focus();
  }

  /** Moves the focus to the newest card. False if there is none, or it is there already. */
  focus(): boolean {
    if (this.isEmpty || hasFocus(this.element)) return false;
    this.#focusedBefore = document.activeElement as HTMLElement | null;
    control(this.#list.firstElementChild)?.focus();
    return true;
  }

  /** Gives every card its whole time again. */
  restart(): void {
    for (const toast of this.#timers.keys()) this.#start(toast);
  }

  #start(toast: Toast): void {
    clearTimeout(this.#timers.get(toast));
    const { duration } = this.#options();
    if (toast.stays || duration === 0) return;
    const end = () => (this.#isHeld() ? this.#start(toast) : this.close(toast));
    this.#timers.set(toast, setTimeout(end, duration));
  }

  /** Whether somebody reads, or nobody can. */
  #isHeld(): boolean {
    return document.hidden || isUsed(this.element);
  }

  /** Takes away the oldest card, if possible none that is being used or is to stay. */
  #sumUp(): void {
    const toasts = [...this.#toasts.values()];
    const oldest = toasts.find((toast) => !toast.stays && !isUsed(toast.element)) ?? toasts[0];
    if (!oldest?.item) return;
    this.#rest.set(oldest.item.id, oldest.item);
    this.close(oldest);
    this.#start(this.#sum);
  }

  #changed(): void {
    const { context } = this.#options();
    const { translate } = context;
    const rest = [...this.#rest.values()];
    const count = rest.length;
    const { element } = this.#sum;
    if (count === 0) {
      this.#away = false;
      element.remove();
    } else {
      this.#sum.sum(translate(this.#away ? "away" : "rest", { count }), rest.some(stays), context);
      this.#list.append(element);
    }
    setAttribute(this.element, "aria-label", translate("region"));
    // Shown again, it is above whatever has been opened since.
    if (hasFocus(this.element)) return;
    this.element.hidePopover();
    if (!this.isEmpty) this.element.showPopover();
  }
}

/** Whether the pointer or the focus is in an element. */
function isUsed(element: Element): boolean {
  return element.matches(":hover") || hasFocus(element);
}

function hasFocus(element: Element): boolean {
  return element.contains((element.getRootNode() as ShadowRoot).activeElement);
}

function isNews(item: Item): boolean {
  return !item.read && (!item.seen || stays(item));
}

function control(element: Element | null): HTMLElement | null {
  return element?.querySelector<HTMLElement>("a[href], button:not([hidden])") ?? null;
}
