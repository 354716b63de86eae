import { wireActions } from "./actions";
import { Announcer } from "./announcer";
import { dispatch } from "./bell-events";
import type { NotifyClient } from "./client";
import { ConnectionNotice } from "./connection-notice";
import { setAttribute } from "./dom";
import { keepFocus } from "./focus";
import { ENGLISH, type Messages } from "./messages";
import { Panel } from "./panel";
import { acquire, release } from "./registry";
import { contextOf, type RowContext } from "./row";
import { SeenTracker } from "./seen-tracker";
import type { ClientState } from "./state";
import { styles } from "./styles";
import { Trigger } from "./trigger";

type Timer = ReturnType<typeof setTimeout>;

const MINUTE = 60_000;

/**
 * A bell with a live badge, and the inbox in a panel under it.
 *
 * Its content is the fallback: a link to the inbox page, shown where this class is not defined.
 *
 * @tagname notify-bell
 *
 * @attr {string} ws-url - URL of the WebSocket; default `/ws/notifications/`
 * @attr {string} api-url - URL of the HTTP API; default `/notifications/api/`
 * @attr {string} inbox-url - URL of the inbox page; default `/notifications/`
 * @attr {string} user - primary key of the user; another value opens another connection
 * @attr {number} unread - count to show until the server's first reply
 * @attr {string} label - name of the bell and of the panel
 * @attr {"light" | "dark"} theme - colours of the panel; default: the page's `color-scheme`
 * @attr {string} lang - language of times and plurals; default: that of the page at the element
 * @attr {TransportStatus} data-status - set by the element: the state of the connection
 * @attr {number} data-unread - set by the element: the count of unread items
 * @attr {boolean} data-open - set by the element while the panel is open
 *
 * @slot icon - replaces the icon of the bell
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
 * @csspart list - the list
 * @csspart item - a notification
 * @csspart item-unread - a notification that is unread
 * @csspart item-icon - the icon of a notification
 * @csspart item-body - the text of a notification
 * @csspart item-title - its first line, which is the link
 * @csspart item-description - its longer text
 * @csspart meta - the line with level, actor, time and occurrences
 * @csspart level - success, warning or error
 * @csspart occurrences - how often it happened
 * @csspart actions - the buttons of a notification
 * @csspart mark-read - the button that marks it read or unread
 * @csspart archive - the button that archives it
 * @csspart load-more - the button that loads older notifications
 * @csspart empty - what an empty inbox shows
 * @csspart footer - the bottom of the panel
 * @csspart see-all - the link to the inbox page
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
 * @event {CustomEvent} notify-received - notifications arrived
 * @event {CustomEvent} notify-open - the panel opened
 * @event {CustomEvent} notify-close - the panel closed
 * @event {CustomEvent} notify-click - the user chose a notification; can be cancelled
 * @event {CustomEvent} notify-unread-change - the count of unread notifications changed
 * @event {CustomEvent} notify-status - the state of the connection changed
 * @event {CustomEvent} notify-error - something failed
 */
export class NotifyBellElement extends HTMLElement {
  static readonly observedAttributes = ["ws-url", "api-url", "inbox-url", "user", "label", "lang"];

  readonly #root = this.attachShadow({ mode: "open" });
  readonly #panel = new Panel();
  readonly #announcer = new Announcer();
  readonly #trigger = new Trigger();
  #client: NotifyClient | null = null;
  #listening = new AbortController();
  #context: RowContext | null = null;
  #messages: Messages = ENGLISH;
  #shown: ClientState | null = null;
  #drawQueued = false;
  #open = false;
  #byKeyboard = false;
  readonly #connectionNotice = new ConnectionNotice(() => this.#draw());
  readonly #seen = new SeenTracker(
    () => this.#client,
    () => this.open,
  );
  #clock: Timer | undefined;

  constructor() {
    super();
    const trigger = this.#trigger.element;
    const panel = this.#panel.element;
    this.#root.adoptedStyleSheets = [styles()];
    this.#root.append(trigger, panel, this.#announcer.element);
    trigger.popoverTargetElement = panel;
    trigger.addEventListener("click", (event) => {
      // Only a click by keyboard has no detail; the panel then takes the focus.
      this.#byKeyboard = event.detail === 0;
    });
    panel.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") this.#draw(true);
      else if (panel.contains(this.#root.activeElement)) trigger.focus();
    });
    panel.addEventListener("toggle", (event) => {
      // This event comes late: the bell may have been removed since.
      if (this.isConnected) this.#toggled(event.newState === "open");
    });
    wireActions({
      element: this,
      panel: this.#panel,
      client: () => this.#client,
      translate: () => this.#contextNow().translate,
      render: () => this.#draw(),
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
    this.#announcer.stop();
    this.#connectionNotice.stop();
    this.#seen.stop();
    clearInterval(this.#clock);
    this.#setOpen(false);
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    this.#context = null;
    // The parser connects an element before it reports the attributes, and then its connection.
    if (!this.#client || old === value) return;
    if (["user", "ws-url", "api-url"].includes(name)) {
      this.#detach();
      this.#attach();
    }
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

  /** The texts of the bell. Assign some to replace them; the others become English again. */
  get messages(): Messages {
    return this.#messages;
  }

  set messages(messages: Partial<Messages>) {
    this.#messages = { ...ENGLISH, ...messages };
    this.#context = null;
    this.#draw();
  }

  /** Opens the panel. */
  show(): void {
    this.#panel.element.showPopover();
  }

  /** Closes the panel. */
  hide(): void {
    this.#panel.element.hidePopover();
  }

  /** Opens or closes the panel. */
  toggle(): void {
    this.#panel.element.togglePopover();
  }

  #attach(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const client = acquire(
      {
        wsUrl: this.getAttribute("ws-url") ?? "/ws/notifications/",
        apiUrl: this.getAttribute("api-url") ?? "/notifications/api/",
        user: this.getAttribute("user") ?? "",
        unread: Number(this.getAttribute("unread")) || 0,
      },
      this,
    );
    this.#client = client;
    client.addEventListener("change", () => this.#queueDraw(), { signal });
    client.addEventListener("arrive", ({ detail }) => this.#arrived(detail.items), { signal });
    client.addEventListener("error", ({ detail }) => dispatch(this, "notify-error", detail), {
      signal,
    });
    document.addEventListener("visibilitychange", () => this.#seen.schedule(), { signal });
  }

  #detach(): void {
    this.#listening.abort();
    if (this.#client) release(this.#client, this);
    this.#client = null;
    this.#shown = null;
  }

  /** Draws once for all changes of the current task. */
  #queueDraw(): void {
    if (this.#drawQueued) return;
    this.#drawQueued = true;
    queueMicrotask(() => {
      this.#drawQueued = false;
      this.#draw();
    });
  }

  #draw(opening = false): void {
    const state = this.#client?.state;
    if (!state) return;
    const before = this.#shown;
    this.#shown = state;
    // Nothing of an account that is signed in no more may stay in the page.
    const isOther = this.#panel.inbox !== null && this.#panel.inbox !== state.inbox;
    if (isOther) this.#announcer.stop();
    this.#connectionNotice.update(state);
    const context = this.#contextNow();
    const label = this.getAttribute("label") || context.translate("label");
    const { unread, status } = state;
    const name = context.translate(unread ? "trigger" : "triggerNone", { label, count: unread });
    this.#trigger.update(unread, name);
    setAttribute(this, "data-unread", String(unread));
    setAttribute(this, "data-status", status);
    if (before && before.unread !== unread) dispatch(this, "notify-unread-change", { unread });
    if (before && before.status !== status) {
      dispatch(this, "notify-status", { status });
      if (status === "open") this.#panel.showError(""); // a failed action can be tried again
    }

    if (!opening && !this.open && !isOther) return;
    const update = () =>
      this.#panel.update({ state, context, label, showConnection: this.#connectionNotice.shown });
    keepFocus(this.#root, update, () => this.#panel.title);
    this.#seen.schedule();
  }

  #toggled(open: boolean): void {
    this.#setOpen(open);
    dispatch(this, open ? "notify-open" : "notify-close", null);
    clearInterval(this.#clock);
    this.#panel.showError("");
    if (!open) return;
    this.#clock = setInterval(() => document.hidden || this.#panel.list.tick(), MINUTE);
    if (this.#byKeyboard) this.#panel.title.focus({ preventScroll: true });
    if (this.#client && this.#client.state.status !== "open") void this.#client.sync();
    this.#seen.schedule(0);
  }

  #setOpen(open: boolean): void {
    this.#open = open;
    this.toggleAttribute("data-open", open);
    setAttribute(this.#trigger.element, "aria-expanded", String(open));
  }

  #arrived(items: ClientState["items"]): void {
    this.#announcer.announce(items, this.#contextNow().translate);
    dispatch(this, "notify-received", { items });
    this.#trigger.ring();
  }

  #contextNow(): RowContext {
    this.#context ??= contextOf(this, this.#messages);
    return this.#context;
  }
}
