import type { NotifyClient } from "../client/client";
import type { Arrival } from "../client/client-events";
import { release } from "../client/registry";
import type { ClientState } from "../client/state";
import { dispatch } from "../view/bell-events";
import { setAttribute } from "../view/dom";
import { adopt } from "../view/styles";
import { type Messages, textOf } from "./bell-messages";
import { ADDRESS, acquireFor, importPanel, untilDone } from "./host-client";
import { beforeNextFrame } from "./next-frame";
import css from "./notify-bell.css?inline";
import type { BellPanel, PanelHost, RenderItem } from "./panel-host";
import { tell, tellChanges } from "./telling";
import { Trigger } from "./trigger";

/**
 * A bell with a live badge, and the inbox in a panel under it.
 *
 * Its content is the fallback: a link to the inbox page, shown where this class is not defined.
 *
 * @tagname notify-bell
 *
 * @attr {string} ws-url - URL of the WebSocket; default `/ws/notifications/`
 * @attr {string} api-url - URL of the HTTP API; default `/notifications/api/`
 * @attr {"off"} socket - open no socket, and ask over HTTP instead
 * @attr {string} inbox-url - URL of the inbox page; default `/notifications/`
 * @attr {string} panel-url - URL of `notify-panel.js`; default: beside this script
 * @attr {string} menu-url - URL of `notify-menu.js`; default: beside the panel's script
 * @attr {string} tabs - the tabs over the list; default `all, unread`
 * @attr {string} user - primary key of the user; another value opens another connection
 * @attr {number} unread - count to show until the server's first reply
 * @attr {string} label - name of the bell and of the panel
 * @attr {"light" | "dark"} theme - colours of the panel; default: the page's `color-scheme`
 * @attr {"compact"} density - lower rows, with texts of one line each
 * @attr {string} lang - language of times and plurals; default: that of the page at the element
 * @attr {string} texts - the bell's texts in another language than English, as a JSON object
 * @attr {string} texts-url - URL of the panel's texts in that language, a JSON object
 * @attr {TransportStatus} data-status - set by the element: the state of the connection
 * @attr {number} data-unread - set by the element: the count of unread items
 * @attr {boolean} data-open - set by the element while the panel is open
 *
 * @slot icon - replaces the icon of the bell
 * @slot item - a `<template>` for the content of an item; `data-text` names the text to show
 *
 * @csspart trigger - the button that is the bell
 * @csspart badge - the count on the bell
 * @csspart panel - the panel
 * @csspart header - the top of the panel
 * @csspart title - the heading of the panel
 * @csspart count - the count beside the heading
 * @csspart mark-all - the button that marks everything read
 * @csspart close - the button that closes the panel, on narrow screens
 * @csspart status - the notice about a lost connection
 * @csspart error - the notice about an action that failed
 * @csspart tabs - what chooses between lists
 * @csspart new-items - the button that shows what has arrived and is held back
 * @csspart list - the list
 * @csspart item - a notification
 * @csspart item-unread - a notification that is unread
 * @csspart day - the heading of a day, in its first notification
 * @csspart card - a notification without that heading
 * @csspart item-icon - the icon of a notification
 * @csspart item-body - the text of a notification
 * @csspart item-title - its first line, which is the link
 * @csspart item-description - its longer text
 * @csspart meta - the line with level, actor and time
 * @csspart level - success, warning or error
 * @csspart repeats - the heading of what happened several times
 * @csspart offers - the actions that an event brings along
 * @csspart actions - the buttons of a notification
 * @csspart mark-read - the button that marks it read or unread
 * @csspart archive - the button that archives it
 * @csspart menu - the button that opens its menu
 * @csspart swipe - what appears from under a notification that is swiped
 * @csspart load-more - the button that loads older notifications
 * @csspart empty - what an empty inbox shows
 * @csspart footer - the bottom of the panel
 * @csspart see-all - the link to the inbox page
 * @csspart help - the list of the keys
 * @csspart notice - what has just been done, with the offer to undo it
 * @csspart notice-undo - the button that undoes it
 * @csspart settings - the button that opens the preferences
 * @csspart tablist - the row of tabs
 * @csspart tab - a tab
 * @csspart avatar - the picture of an item
 * @csspart offer - an action that an event offers
 * @csspart offer-error - says that such an action did not work
 * @csspart answer - says which one was done
 * @csspart row-menu - the menu of an item
 * @csspart menu-title - the heading in the menu
 * @csspart menu-item - an entry of the menu
 * @csspart preferences - the preferences, in the place of the list
 * @csspart back - the button that leads back to the list
 * @csspart choices - all switches
 * @csspart choice-group - those of a type group
 * @csspart choice - those of a type
 * @csspart choice-hint - what a type is, or why it is locked
 * @csspart switch - a switch with its name
 *
 * @cssprop --notify-accent - links, marks and focus rings
 * @cssprop --notify-bg - background of the panel
 * @cssprop --notify-fg - text of the panel
 * @cssprop --notify-muted - less important text
 * @cssprop --notify-border - lines between notifications
 * @cssprop --notify-unread-bg - background of an unread notification
 * @cssprop --notify-badge-bg - background of the badge
 * @cssprop --notify-badge-fg - text of the badge
 * @cssprop --notify-radius - corner radius of the panel
 * @cssprop --notify-shadow - shadow of the panel
 * @cssprop --notify-width - width of the panel
 * @cssprop --notify-max-height - greatest height of the panel
 * @cssprop --notify-font - font family of all text
 *
 * @event {CustomEvent} notify-received - notifications arrived; of several bells the first tells it
 * @event {CustomEvent} notify-open - the panel opened
 * @event {CustomEvent} notify-close - the panel closed
 * @event {CustomEvent} notify-click - the user chose a notification; can be cancelled
 * @event {CustomEvent} notify-unread-change - the count of unread notifications changed
 * @event {CustomEvent} notify-status - the state of the connection changed
 * @event {CustomEvent} notify-error - something failed
 */
export class NotifyBellElement extends HTMLElement implements PanelHost {
  static readonly observedAttributes = [
    ...ADDRESS,
    "inbox-url",
    "label",
    "lang",
    "texts",
    "texts-url",
  ];

  /**
   * Makes the content of an item in place of its title and description: text and pictures, which
   * become the row's link. Returning nothing leaves the usual one. Read when a row is drawn.
   */
  declare renderItem?: RenderItem;

  readonly #root = this.attachShadow({ mode: "open" });
  readonly #trigger = new Trigger();
  readonly #load = untilDone(() => this.#loadPanel());
  readonly #queueDraw = beforeNextFrame(() => this.#draw());
  #panel: BellPanel | null = null;
  #client: NotifyClient | null = null;
  #listening = new AbortController();
  #messages: Partial<Messages> = {};
  #shown: ClientState | null = null;
  #open = false;
  #byKeyboard = false;

  constructor() {
    super();
    const trigger = this.#trigger.element;
    adopt(this.#root, css);
    this.#root.append(trigger);
    for (const sign of ["pointerenter", "focus"]) {
      trigger.addEventListener(sign, () => void this.#load().catch(() => {}));
    }
    trigger.addEventListener("click", (event) => {
      // Only a click by keyboard has no detail; the panel then takes the focus.
      this.#byKeyboard = event.detail === 0;
      if (!this.#panel) this.show();
    });
  }

  connectedCallback(): void {
    // A copy of an open bell has its attributes, but its panel is closed.
    this.#setOpen(false);
    this.#attach();
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#detach();
    this.#panel?.stop();
    this.#setOpen(false);
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    // The parser connects an element before it reports the attributes, and then its connection.
    if (!this.#client || old === value) return;
    if (ADDRESS.includes(name)) {
      this.#detach();
      this.#attach();
    }
    this.#panel?.hostChanged();
    this.#draw();
  }

  /** The client of the bell, shared with everything on the page that shows this inbox. */
  get client(): NotifyClient | null {
    return this.#client;
  }

  /** Whether the panel is open. */
  get open(): boolean {
    return this.#open;
  }

  /** The texts of the page. Assign some to replace the element's own; the others stay. */
  get messages(): Partial<Messages> {
    return this.#messages;
  }

  set messages(messages: Partial<Messages>) {
    this.#messages = messages;
    this.#panel?.hostChanged();
    this.#draw();
  }

  get label(): string {
    return this.getAttribute("label") || textOf(this, "label");
  }

  get inboxUrl(): string {
    return this.getAttribute("inbox-url") ?? "/notifications/";
  }

  /** Opens the panel, once it is loaded. If it cannot be, goes to the inbox page, unless offline. */
  show(): void {
    if (this.#panel) this.#panel.element.showPopover();
    else
      this.#load().then(
        ({ element }) => this.isConnected && element.showPopover(),
        // Offline there is only this page to stay on.
        () => navigator.onLine && location.assign(this.inboxUrl),
      );
  }

  /** Closes the panel. */
  hide(): void {
    this.#panel?.element.hidePopover();
  }

  /** Opens or closes the panel. */
  toggle(): void {
    if (this.#open) this.hide();
    else this.show();
  }

  async #loadPanel(): Promise<BellPanel> {
    const { createPanel } = await importPanel(this);
    const panel = await createPanel(this);
    const { element } = panel;
    element.addEventListener("toggle", (event) => {
      // This event comes late: the bell may have been removed since.
      if (this.isConnected) this.#toggled(event.newState === "open");
    });
    this.#root.append(element);
    this.#trigger.element.popoverTargetElement = element;
    this.#panel = panel;
    return panel;
  }

  #attach(): void {
    this.#listening = new AbortController();
    const until = { signal: this.#listening.signal };
    const client = acquireFor(this);
    this.#client = client;
    client.addEventListener("change", this.#queueDraw, until);
    const arrived = (event: CustomEvent<Arrival>) => {
      this.#trigger.ring();
      tell(this, event, client.state, this.#load);
    };
    client.addEventListener("arrive", arrived, until);
    client.addEventListener("error", ({ detail }) => dispatch(this, "notify-error", detail), until);
  }

  #detach(): void {
    this.#listening.abort();
    if (this.#client) release(this.#client, this);
    this.#client = null;
    this.#shown = null;
  }

  #draw(): void {
    const state = this.#client?.state;
    if (!state) return;
    const before = this.#shown;
    this.#shown = state;
    const { unread } = state;
    const name = unread ? "trigger" : "triggerNone";
    this.#trigger.update(unread, textOf(this, name, { label: this.label, count: unread }));
    tellChanges(this, before, state);
    this.#panel?.draw(state);
  }

  #toggled(open: boolean): void {
    this.#setOpen(open);
    dispatch(this, open ? "notify-open" : "notify-close", null);
    this.#panel?.toggled(open, this.#byKeyboard);
  }

  #setOpen(open: boolean): void {
    this.#open = open;
    this.toggleAttribute("data-open", open);
    setAttribute(this.#trigger.element, "aria-expanded", String(open));
  }
}
