/** `notify-panel.js`: what the bell loads when somebody first turns to it. */

import type { BellPanel, PanelHost, PanelModule } from "../bell/panel-host";
import type { NotifyClient } from "../client/client";
import { createActing } from "../client/inbox-acting";
import type { ClientState } from "../client/state";
import { styleSheet } from "../view/styles";
import { wireActions } from "./actions";
import { ConnectionNotice } from "./connection-notice";
import { keepFocus } from "./focus";
import css from "./notify-panel.css?inline";
import { Panel } from "./panel";
import { contextOf, type PanelContext } from "./panel-context";
import { SeenTracker } from "./seen-tracker";

const MINUTE = 60_000;

let sheet: CSSStyleSheet | undefined;

class InboxPanel implements BellPanel {
  readonly #host: PanelHost;
  readonly #root: ShadowRoot;
  readonly #panel = new Panel();
  readonly #notice = new ConnectionNotice(() => this.#drawAgain());
  readonly #seen = new SeenTracker(
    () => this.#client(),
    () => this.#open,
  );
  #context: PanelContext;
  #open = false;
  #status: string | null = null;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(host: PanelHost) {
    this.#host = host;
    this.#root = host.shadowRoot as ShadowRoot;
    this.#context = contextOf(host);
    sheet ??= styleSheet(css);
    this.#root.adoptedStyleSheets.push(sheet);
    document.addEventListener("visibilitychange", () => this.#seen.schedule());
    wireActions({
      element: host,
      panel: this.#panel,
      client: () => this.#client(),
      translate: () => this.#context.translate,
      render: () => this.#drawAgain(),
    });
  }

  get element(): HTMLElement {
    return this.#panel.element;
  }

  draw(state: ClientState, opening = false): void {
    this.#notice.update(state);
    // A failed action can be tried again.
    if (this.#status !== state.status && state.status === "open") this.#panel.showError("");
    this.#status = state.status;
    // Nothing of an account that is signed in no more may stay in the page.
    const isOther = this.#panel.inbox !== null && this.#panel.inbox !== state.inbox;
    if (!opening && !this.#open && !isOther) return;
    const showConnection = this.#notice.shown;
    const update = () => this.#panel.update({ state, context: this.#context, showConnection });
    keepFocus(this.#root, update, () => this.#panel.title);
    this.#seen.schedule();
  }

  hostChanged(): void {
    this.#context = contextOf(this.#host);
  }

  toggled(open: boolean, byKeyboard: boolean): void {
    this.#open = open;
    clearInterval(this.#clock);
    this.#panel.showError("");
    if (!open) return;
    this.#clock = setInterval(() => document.hidden || this.#panel.list.tick(), MINUTE);
    if (byKeyboard) this.#panel.title.focus({ preventScroll: true });
    const client = this.#client();
    if (client && client.state.status !== "open") void client.sync();
    this.#seen.schedule(0);
  }

  stop(): void {
    this.#open = false;
    this.#notice.stop();
    this.#seen.stop();
    clearInterval(this.#clock);
  }

  /** The client, able to act at once. */
  #client(): NotifyClient | null {
    const { client } = this.#host;
    client?.equip(createActing);
    return client;
  }

  #drawAgain(): void {
    const { client } = this.#host;
    if (client) this.draw(client.state);
  }
}

/** Builds the panel of a bell. */
export const createPanel: PanelModule["createPanel"] = (host) => new InboxPanel(host);

export { createActing };
