import type { NotifyClient } from "../client/client";
import type { Arrival } from "../client/client-events";
import { Announcer } from "../view/announcer";
import { dispatch } from "../view/bell-events";
import { ClientElement } from "../view/client-element";
import { givenTexts, type Translate, translator } from "../view/messages";
import { adopt } from "../view/styles";
import { Absence } from "./absence";
import css from "./notify-toasts.css?inline";
import { Stack } from "./stack";
import { stays, type Toast } from "./toast";
import { TOASTS_ENGLISH, type ToastsMessages } from "./toasts-messages";

/**
 * Shows what arrives on cards in a corner of the window, in one tab of the browser.
 *
 * F6 moves the focus to the newest card. Escape closes the card with the focus.
 *
 * @tagname notify-toasts
 *
 * @attr {string} ws-url - URL of the WebSocket; default `/ws/notifications/`
 * @attr {string} api-url - URL of the HTTP API; default `/notifications/api/`
 * @attr {"off"} socket - open no socket, and ask over HTTP instead
 * @attr {string} inbox-url - URL of the inbox page; default `/notifications/`
 * @attr {string} bell-url - URL of `notify-bell.js`, whose client this uses; default: beside this script
 * @attr {string} panel-url - URL of `notify-panel.js`; default: beside `notify-bell.js`
 * @attr {string} user - primary key of the user
 * @attr {string} position - `bottom-end` (default), `bottom-start`, `bottom-center`, or with `top-`
 * @attr {number} duration - seconds that a card is shown; default 8; 0: until it is closed
 * @attr {number} max - how many cards are shown at once; default 3, on phones 1
 * @attr {string} levels - the levels that are shown, such as `warning error`; default: all
 * @attr {string} texts - the texts in another language than English, as a JSON object
 * @attr {"light" | "dark"} theme - colours; default: the page's `color-scheme`
 * @attr {string} lang - language of times and plurals; default: that of the page at the element
 *
 * @csspart toasts - the region with all cards
 * @csspart list - the list of cards
 * @csspart toast - a card
 * @csspart rest - the card that sums up those for which there is no room
 * @csspart item-icon - the icon of a notification
 * @csspart item-body - the text of a notification
 * @csspart item-title - its first line, which is the link
 * @csspart item-description - its longer text
 * @csspart meta - the line with level, actor and time
 * @csspart mark-read - the button that marks it read
 * @csspart close - the button that closes the card
 *
 * @event {CustomEvent} notify-click - the user chose a notification; can be cancelled
 */
export class NotifyToastsElement extends ClientElement {
  readonly #translate: Translate<ToastsMessages> = (name, values) =>
    translator({ ...TOASTS_ENGLISH, ...givenTexts(this), ...this.#messages }, this.locale)(
      name,
      values,
    );
  readonly #status = new Announcer(this.#translate);
  readonly #alert = new Announcer(this.#translate, "alert");
  readonly #absence = new Absence();
  readonly #stack = new Stack(() => ({
    context: { translate: this.#translate, locale: this.locale, inboxUrl: this.inboxUrl },
    // More than one would cover the screen of a phone.
    max: this.#number("max", innerWidth < 480 ? 1 : 3),
    duration: this.#number("duration", 8) * 1000,
  }));
  #messages: Partial<ToastsMessages> = {};

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    adopt(root, css);
    const { element } = this.#stack;
    root.append(this.#status.element, this.#alert.element, element);
    element.addEventListener("click", (event) => this.#clicked(event));
    element.addEventListener("keydown", (event) => {
      const toast = event.key === "Escape" && this.#stack.toastOf(event.target as Node);
      if (toast) this.#stack.close(toast);
    });
  }

  protected override attach(client: NotifyClient, signal: AbortSignal): void {
    const changed = () => {
      this.#absence.update(client.state.status);
      this.#stack.update(client.state.items);
    };
    changed();
    client.addEventListener("change", changed, { signal });
    client.addEventListener("arrive", (event) => this.#arrived(event, client), { signal });
    document.addEventListener("visibilitychange", () => this.#stack.restart(), { signal });
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "F6" && this.#stack.focus()) event.preventDefault();
      },
      { signal },
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#status.stop();
    this.#alert.stop();
    this.#stack.clear();
  }

  /** The texts of the page. Assign some to replace the English ones; the others stay English. */
  get messages(): Partial<ToastsMessages> {
    return this.#messages;
  }

  set messages(messages: Partial<ToastsMessages>) {
    this.#messages = messages;
  }

  #number(name: string, usual: number): number {
    const value = Number.parseFloat(this.getAttribute(name) ?? "");
    return value >= 0 ? value : usual;
  }

  #arrived(event: CustomEvent<Arrival>, { state }: NotifyClient): void {
    const { items } = event.detail;
    const levels = this.getAttribute("levels")?.split(/[\s,]+/) ?? [];
    const wanted = items.filter(({ level }) => !levels[0] || levels.includes(level));
    // An open panel shows it already.
    const isOpen = document.querySelector("notify-bell[data-open]");
    if (event.defaultPrevented || !wanted[0] || isOpen || !state.speaks) return;
    event.preventDefault();
    this.#status.announce(items.filter((item) => !stays(item)));
    this.#alert.announce(items.filter(stays));
    if (this.#absence.hasJustEnded && wanted[1]) this.#stack.addMissed(wanted);
    else this.#stack.add(wanted);
  }

  #clicked(event: MouseEvent): void {
    const target = event.target as Element;
    const toast = this.#stack.toastOf(target);
    const action = target.closest<HTMLElement>("[data-action]")?.dataset.action;
    if (!toast || !action) return;
    if (action === "open" && toast.item) this.#choose(event, toast);
    else if (action === "read" && toast.item) void this.client?.markRead([toast.item.id]);
    this.#stack.close(toast);
  }

  /** Marks the item read, unless its link does that, and lets the page decide where to go. */
  #choose(event: MouseEvent, { item, link }: Toast): void {
    if (!item) return;
    const go = dispatch(this, "notify-click", { item, originalEvent: event });
    if (!go) event.preventDefault();
    if (!go || !link || link.startsWith("mailto:")) void this.client?.markRead([item.id]);
  }
}
