import type { NotifyClient } from "../client/client";
import type { ClientState } from "../client/state";
import { ClientElement } from "../view/client-element";
import { morphContent } from "./morph";
import { requestPage } from "./page-request";
import { keepPlace } from "./place";

const TOKEN = 'input[name="csrfmiddlewaretoken"]';
/** How long to collect changes before the list is fetched, in milliseconds. */
const COLLECT = 300;

/**
 * A list of notifications that the server has rendered, and that follows the inbox.
 *
 * It works without this script: its buttons are forms. With it they work without a reload, and
 * what changes elsewhere changes here. The server renders the list again and the differences are
 * applied, so the list looks as the site's templates say, in the language of the page.
 *
 * @tagname notify-inbox
 *
 * @attr {string} ws-url - URL of the WebSocket; default `/ws/notifications/`
 * @attr {string} api-url - URL of the HTTP API; default `/notifications/api/`
 * @attr {"off"} socket - open no socket, and ask over HTTP instead
 * @attr {string} bell-url - URL of `notify-bell.js`, which has the client; default: beside this script
 * @attr {string} panel-url - URL of `notify-panel.js`; default: beside the bell's script
 * @attr {string} url - where this list is rendered; default: the page itself
 * @attr {string} user - primary key of the user
 * @attr {number} unread - the count that the list was rendered with
 */
export class NotifyInboxElement extends ClientElement {
  #shown: ClientState | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts requests, whose answers may come in another order. */
  #asked = 0;

  constructor() {
    super();
    this.addEventListener("submit", (event) => void this.#submit(event));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#shown = null;
  }

  /** Has the server render the list again, and shows what is different. */
  async refresh(): Promise<void> {
    await this.#show(() => requestPage(this.getAttribute("url") ?? location.href));
  }

  protected attach(client: NotifyClient, signal: AbortSignal): void {
    client.addEventListener("change", ({ detail }) => this.#changed(detail), { signal });
    this.#changed(client.state);
  }

  #changed(state: ClientState): void {
    const before = this.#shown;
    // Of an account that is signed in no more, nothing may stay in the page.
    if (before && before.inbox !== state.inbox) location.reload();
    if (!state.ready) return;
    this.#shown = state;
    const isOther = before
      ? before.items !== state.items || before.unread !== state.unread
      : state.unread !== Number(this.getAttribute("unread"));
    if (isOther) this.#timer ??= setTimeout(() => this.#collected(), COLLECT);
  }

  #collected(): void {
    this.#timer = undefined;
    void this.refresh();
  }

  /** Does what a button does, without leaving the page. */
  async #submit(event: SubmitEvent): Promise<void> {
    const form = event.target as HTMLFormElement;
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    const data = new FormData(form, event.submitter);
    // Not `form.action`: that is the button of this name.
    const url = form.getAttribute("action") ?? location.href;
    const done = await this.#show(() => requestPage(url, data));
    form.ariaBusy = null;
    const error = this.querySelector<HTMLElement>(".rn-failed");
    if (error) error.hidden = done;
  }

  /** Shows the list of a page that is asked for now. False if there is none. */
  async #show(ask: () => Promise<Document | null>): Promise<boolean> {
    this.#asked += 1;
    const asked = this.#asked;
    const page = await ask();
    const newer = page?.querySelector("notify-inbox");
    if (!newer || !this.isConnected) return false;
    // A later answer is the newer one.
    if (asked !== this.#asked) return true;
    this.#adoptToken(newer);
    if (page && !this.hasAttribute("url")) document.title = page.title;
    keepPlace(this, () => morphContent(this, newer));
    return true;
  }

  /** Each page has its own form of the CSRF token. One for all forms leaves equal ones equal. */
  #adoptToken(newer: Element): void {
    const token = newer.querySelector<HTMLInputElement>(TOKEN)?.value;
    for (const input of this.querySelectorAll<HTMLInputElement>(TOKEN)) {
      if (token) input.setAttribute("value", token);
    }
  }
}
