/** `notify-panel.js`: what the bell loads when somebody first turns to it. */

import type { BellPanel, PanelHost, PanelModule } from "../bell/panel-host";
import { createActing } from "../client/inbox-acting";
import type { ClientState } from "../client/state";
import { Announcer } from "../view/announcer";
import { adopt } from "../view/styles";
import { absoluteTime } from "../view/time";
import type { Item } from "../wire/protocol";
import { type ActionHost, wireActions } from "./actions";
import { ConnectionNotice } from "./connection-notice";
import { keepFocus } from "./focus";
import { Hold } from "./hold";
import type { ListSource } from "./list-source";
import { importMenuBy, MenuLoader } from "./menu-host";
import css from "./notify-panel.css?inline";
import { Pace } from "./pace";
import { Pager } from "./pager";
import { Panel } from "./panel";
import { contextOf, type PanelContext } from "./panel-context";
import { PanelTexts } from "./panel-texts";
import { SeenTracker } from "./seen-tracker";
import { Swiping } from "./swipe";
import { Tabs } from "./tabs";

const MINUTE = 60_000;

class InboxPanel implements BellPanel, ActionHost {
  readonly bell: PanelHost;
  readonly panel = new Panel();
  readonly pager: Pager;
  readonly menu: MenuLoader;
  readonly #tabs: Tabs;
  context: PanelContext;
  source: ListSource | null = null;
  readonly #root: ShadowRoot;
  readonly #hold = new Hold(this.panel.scroller, (atTop) => {
    if (atTop) this.panel.list.release();
    if (atTop || this.panel.list.held > 0) this.render();
    if (atTop) this.pager.lookAgain();
  });
  readonly #announcer = new Announcer((...text) => this.context.translate(...text));
  readonly #notice = new ConnectionNotice(() => this.render());
  readonly #seen = new SeenTracker(
    () => this.bell.client,
    () => this.#open,
  );
  readonly #pace = new Pace(() => this.render());
  readonly #texts: PanelTexts;
  #open = false;
  #status: string | null = null;
  #inbox: string | null = null;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(bell: PanelHost, texts: PanelTexts) {
    this.bell = bell;
    this.#texts = texts;
    this.#root = bell.shadowRoot as ShadowRoot;
    this.context = contextOf(bell, texts.loaded);
    adopt(this.#root, css);
    this.#root.append(this.#announcer.element);
    this.element.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "open") this.render(true);
      else if (this.element.contains(this.#root.activeElement)) {
        this.#root.querySelector<HTMLElement>(".trigger")?.focus();
      }
    });
    document.addEventListener("visibilitychange", () => this.#seen.schedule());
    // What was sent when the page went cannot be taken back when it comes out of the cache. Not at
    // `pagehide`: the client would send it over the socket, which goes with the page.
    addEventListener("pageshow", () => this.panel.notice.end());
    // Making a format of times takes longer than a frame. Here nobody waits for it.
    absoluteTime(new Date().toISOString(), this.context.locale);
    this.pager = new Pager(this);
    wireActions(this);
    new Swiping(this);
    this.menu = new MenuLoader(this);
    this.#tabs = new Tabs(this);
  }

  get element(): HTMLElement {
    return this.panel.element;
  }

  draw(state: ClientState): void {
    this.#heed(state);
    // Nothing of an account that is signed in no more may stay in the page.
    if (this.#isOther(state)) this.render();
    else if (this.#open) this.#pace.ask();
  }

  announce(items: readonly Item[], inbox: string | null): void {
    if (this.bell.client?.state.inbox === inbox) this.#announcer.announce(items);
  }

  hostChanged(): void {
    this.context = contextOf(this.bell, this.#texts.loaded);
    void this.#texts.load(this.bell).then((changed) => {
      if (!changed) return;
      this.context = contextOf(this.bell, this.#texts.loaded);
      this.render();
    });
  }

  toggled(open: boolean, byKeyboard: boolean): void {
    this.#open = open;
    clearInterval(this.#clock);
    this.panel.showError("");
    if (!open) {
      this.#hold.reset();
      this.panel.notice.end();
      return;
    }
    this.#clock = setInterval(() => document.hidden || this.panel.list.tick(), MINUTE);
    if (byKeyboard) this.panel.title.focus({ preventScroll: true });
    const { client } = this.bell;
    if (client && client.state.status !== "open") void client.sync();
    this.#seen.schedule(0);
    // The browser says so late: what has come since the panel opened is not drawn yet.
    this.render();
  }

  stop(): void {
    this.#open = false;
    this.panel.notice.end();
    this.#announcer.stop();
    this.#notice.stop();
    this.#seen.stop();
    this.#pace.stop();
    clearInterval(this.#clock);
  }

  show(source: ListSource | null): void {
    this.source = source;
    this.panel.list.restart();
    this.panel.scroller.scrollTop = 0;
    this.render();
  }

  render(opening = false): void {
    const { client } = this.bell;
    if (!client) return;
    const { state } = client;
    this.#heed(state);
    const isOther = this.#isOther(state);
    if (!opening && !this.#open && !isOther) return;
    if (isOther) this.panel.notice.end();
    if (opening || isOther) this.panel.list.restart();
    this.#tabs.update(client);
    const { source, context } = this;
    const holding = this.#hold.on;
    const { failed } = this.pager;
    const showConnection = this.#notice.shown;
    const update = () =>
      this.panel.update({ state, source, context, holding, failed, showConnection });
    keepFocus(this.#root, update, () => this.panel.title);
    this.#seen.schedule();
  }

  /** Does what a state asks for even while the panel is closed. */
  #heed(state: ClientState): void {
    // From here on it can act at once.
    this.bell.client?.equip(createActing);
    this.#notice.update(state);
    // Nothing of an account that is signed in no more may be announced.
    if (this.#inbox !== state.inbox) this.#announcer.stop();
    this.#inbox = state.inbox;
    // A failed action can be tried again.
    if (this.#status !== state.status && state.status === "open") {
      this.panel.showError("");
      this.pager.lookAgain();
    }
    this.#status = state.status;
  }

  #isOther({ inbox }: ClientState): boolean {
    return this.panel.inbox !== null && this.panel.inbox !== inbox;
  }
}

/** Builds the panel of a bell, in the language of its page. */
export const createPanel: PanelModule["createPanel"] = async (host) => {
  const texts = new PanelTexts();
  await texts.load(host);
  return new InboxPanel(host, texts);
};

export { createActing, importMenuBy };
