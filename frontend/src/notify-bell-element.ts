import { wireActions } from "./actions";
import { Announcer } from "./announcer";
import { dispatch } from "./bell-events";
import type { NotifyClient } from "./client";
import { ConnectionNotice } from "./connection-notice";
import { h, icon, setAttribute, setText } from "./dom";
import { keepFocus } from "./focus";
import { ENGLISH, type Messages } from "./messages";
import { Panel } from "./panel";
import { acquire, release } from "./registry";
import { contextOf, type RowContext } from "./row";
import { SeenTracker } from "./seen-tracker";
import type { ClientState } from "./state";
import { styles } from "./styles";

type Timer = ReturnType<typeof setTimeout>;

const MINUTE = 60_000;
/** A badge says no more than this. */
const MAX_COUNT = 99;

/**
 * A bell with a live badge, and the inbox under it.
 *
 * Its content is the fallback: a link to the inbox page, shown until this class is defined.
 *
 * @attr ws-url - the live address; /ws/notifications/
 * @attr api-url - where the commands live over HTTP; /notifications/api/
 * @attr inbox-url - the inbox page; /notifications/
 * @attr user - whose inbox; another value is another connection
 * @attr unread - what the page already knows, shown until the first answer
 * @attr label - the name of the bell and the panel
 * @attr theme - light or dark; without it the page's own color-scheme
 * @attr data-status, data-unread, data-open - reflected, for styles and tests
 * @slot icon - replaces the bell
 * @csspart trigger badge panel header title count mark-all close status error list item
 *   item-unread item-icon item-body item-title item-description meta level occurrences actions
 *   mark-read archive load-more empty footer see-all
 * @cssprop --notify-accent --notify-bg --notify-fg --notify-muted --notify-border
 *   --notify-unread-bg --notify-badge-bg --notify-badge-fg --notify-radius --notify-shadow
 *   --notify-width --notify-max-height --notify-font
 * @event notify-received notify-open notify-close notify-click notify-unread-change
 *   notify-status notify-error
 */
export class NotifyBellElement extends HTMLElement {
  static readonly observedAttributes = ["ws-url", "api-url", "inbox-url", "user", "label", "lang"];

  readonly #root = this.attachShadow({ mode: "open" });
  readonly #panel = new Panel();
  readonly #announcer = new Announcer();
  readonly #badge = h("span", "badge", { "aria-hidden": "true" });
  readonly #trigger = h(
    "button",
    "trigger",
    { type: "button", "aria-haspopup": "dialog", "aria-controls": "panel" },
    h("slot", "", { name: "icon" }, icon("bell")),
    this.#badge,
  );
  #client: NotifyClient | null = null;
  #listening = new AbortController();
  #context: RowContext | null = null;
  #messages: Messages = ENGLISH;
  #shown: ClientState | null = null;
  #renderQueued = false;
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
    const panel = this.#panel.element;
    this.#root.adoptedStyleSheets = [styles()];
    this.#root.append(this.#trigger, panel, this.#announcer.element);
    this.#trigger.popoverTargetElement = panel;
    this.#trigger.addEventListener("click", (event) => {
      // A click without a pointer is the keyboard's, which wants to go on in the panel.
      this.#byKeyboard = event.detail === 0;
    });
    panel.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") this.#draw(true);
      else if (panel.contains(this.#root.activeElement)) this.#trigger.focus();
    });
    panel.addEventListener("toggle", (event) => this.#toggled(event.newState === "open"));
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

  /** The client behind the bell, shared with everything else that shows this inbox. */
  get client(): NotifyClient | null {
    return this.#client;
  }

  get open(): boolean {
    return this.#open;
  }

  get messages(): Messages {
    return this.#messages;
  }

  /** Texts to say instead of the English ones; those left out stay. */
  set messages(messages: Partial<Messages>) {
    this.#messages = { ...ENGLISH, ...messages };
    this.#context = null;
    this.#draw();
  }

  show(): void {
    this.#panel.element.showPopover();
  }

  hide(): void {
    this.#panel.element.hidePopover();
  }

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
    document.addEventListener("visibilitychange", () => this.#seen.note(), { signal });
  }

  #detach(): void {
    this.#listening.abort();
    if (this.#client) release(this.#client, this);
    this.#client = null;
    this.#shown = null;
  }

  /** Many frames of one moment are one drawing. */
  #queueDraw(): void {
    if (this.#renderQueued) return;
    this.#renderQueued = true;
    queueMicrotask(() => {
      this.#renderQueued = false;
      this.#draw();
    });
  }

  #draw(opening = false): void {
    const state = this.#client?.state;
    if (!state) return;
    const before = this.#shown;
    this.#shown = state;
    this.#connectionNotice.note(state.status);
    const context = this.#contextNow();
    const label = this.getAttribute("label") || context.translate("label");
    const { unread, status } = state;

    setText(this.#badge, unread > MAX_COUNT ? `${MAX_COUNT}+` : String(unread || ""));
    const name = context.translate(unread > 0 ? "trigger" : "triggerNone", {
      label,
      count: unread,
    });
    setAttribute(this.#trigger, "aria-label", name);
    setAttribute(this, "data-unread", String(unread));
    setAttribute(this, "data-status", status);
    if (before && before.unread !== unread) dispatch(this, "notify-unread-change", { unread });
    if (before && before.status !== status) {
      dispatch(this, "notify-status", { status });
      if (status === "open") this.#panel.showError(""); // what failed may be tried again
    }

    if (!opening && !this.open) return;
    const update = () =>
      this.#panel.update({ state, context, label, troubled: this.#connectionNotice.shown });
    keepFocus(this.#root, update, () => this.#panel.title);
    this.#seen.note();
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
    this.#seen.note(0);
  }

  #setOpen(open: boolean): void {
    this.#open = open;
    this.toggleAttribute("data-open", open);
    setAttribute(this.#trigger, "aria-expanded", String(open));
  }

  #arrived(items: ClientState["items"]): void {
    this.#announcer.announce(items, this.#contextNow().translate);
    dispatch(this, "notify-received", { items });
    this.#trigger.classList.remove("ring");
    // Reading the layout lets the same animation start again.
    void this.#trigger.offsetWidth;
    this.#trigger.classList.add("ring");
  }

  #contextNow(): RowContext {
    this.#context ??= contextOf(this, this.#messages);
    return this.#context;
  }
}
