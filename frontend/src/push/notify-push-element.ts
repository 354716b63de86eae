import { icon } from "../view/controls";
import { h, setAttribute, setText } from "../view/dom";
import { givenTexts } from "../view/messages";
import css from "./push.css?inline";
import { ENGLISH, type PushMessages } from "./push-messages";
import { type PushState, PushSwitch, possible } from "./push-switch";

/**
 * The switch for notifications of this browser while no page is open. It says what they are before
 * the browser asks for permission, which it does after a click only.
 *
 * @tagname notify-push
 *
 * @attr {string} api-url - URL of the HTTP API; default `/notifications/api/`
 * @attr {string} worker-url - URL of the service worker; default `/notifications/push-worker.js`
 * @attr {string} scope - scope of the service worker; default `/notifications/`
 * @attr {string} key - public VAPID key of the site
 * @attr {string} user - primary key of the user
 * @attr {string} texts - the texts in another language than English, as a JSON object
 * @attr {"light" | "dark"} theme - colours; default: the page's `color-scheme`
 * @attr {PushState} data-state - set by the element: `off`, `on`, `blocked`, `unsupported`, `install`
 *
 * @csspart card - the box around everything
 * @csspart title - the heading
 * @csspart text - what the state means
 * @csspart switch - the button
 * @csspart error - the notice that something failed
 *
 * @event {CustomEvent} notify-push-change - the state changed
 */
export class NotifyPushElement extends HTMLElement {
  static readonly observedAttributes = ["user", "key", "texts"];

  readonly #title = h("p", "title", { id: "title" });
  readonly #text = h("p", "text", { id: "text" });
  readonly #error = h("p", "error", { role: "alert" });
  readonly #button = h("button", "switch", { type: "button", "aria-describedby": "text" });
  #messages: Partial<PushMessages> = {};
  #state: PushState | null = null;
  #failed = false;
  #work: Promise<void> = Promise.resolve();
  #listening = new AbortController();

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const words = h("div", "words", {}, this.#title, this.#text, this.#error);
    const attributes = { role: "group", "aria-labelledby": "title" };
    root.append(h("section", "card", attributes, icon("bell"), words, this.#button));
    this.#button.addEventListener("click", () => {
      const pushes = this.#switch();
      void this.#do(() => (this.#state === "on" ? pushes.turnOff() : pushes.turnOn()));
    });
  }

  connectedCallback(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const again = () => document.hidden || this.refresh();
    document.addEventListener("visibilitychange", again, { signal });
    void this.refresh();
  }

  disconnectedCallback(): void {
    this.#listening.abort();
  }

  attributeChangedCallback(_name: string, old: string | null, value: string | null): void {
    if (this.isConnected && old !== null && old !== value) void this.refresh();
  }

  /** The state; null until it is known. */
  get state(): PushState | null {
    return this.#state;
  }

  /** The texts of the page. Assign some to replace the element's own; the others stay. */
  get messages(): Partial<PushMessages> {
    return this.#messages;
  }

  set messages(messages: Partial<PushMessages>) {
    this.#messages = messages;
    this.#draw();
  }

  /** Looks again, such as after the user has changed the browser's settings. */
  refresh(): Promise<void> {
    const pushes = this.#switch();
    return this.#do(() => pushes.check(), false);
  }

  /** Carries out one thing after the other, and shows what comes of it. */
  #do(work: () => Promise<PushState>, says = true): Promise<void> {
    const done = async () => {
      setAttribute(this.#button, "aria-busy", says ? "true" : undefined);
      try {
        this.#show(await work());
      } catch (error) {
        console.warn("Notifications of this browser:", error);
        this.#show(this.#state ?? possible(), says);
      }
      setAttribute(this.#button, "aria-busy", undefined);
    };
    // A click must reach the browser at once: permission is asked for within its moment.
    this.#work = says ? done() : this.#work.then(done);
    return this.#work;
  }

  #switch(): PushSwitch {
    const of = (name: string, usual: string) => this.getAttribute(name) ?? usual;
    return new PushSwitch({
      apiUrl: of("api-url", "/notifications/api/"),
      workerUrl: of("worker-url", "/notifications/push-worker.js"),
      scope: of("scope", "/notifications/"),
      key: of("key", ""),
      user: of("user", ""),
    });
  }

  #show(state: PushState, failed = false): void {
    const changed = state !== this.#state;
    this.#state = state;
    this.#failed = failed;
    this.#draw();
    if (!changed) return;
    const detail = { state };
    this.dispatchEvent(new CustomEvent("notify-push-change", { detail, bubbles: true }));
  }

  #draw(): void {
    const state = this.#state;
    if (!state) return;
    const texts: PushMessages = { ...ENGLISH, ...givenTexts(this), ...this.#messages };
    setAttribute(this, "data-state", state);
    setText(this.#title, texts.title);
    setText(this.#text, texts[state]);
    setText(this.#error, this.#failed ? texts.failed : "");
    setText(this.#button, state === "on" ? texts.turnOff : texts.turnOn);
    this.#button.hidden = state !== "on" && state !== "off";
  }
}
