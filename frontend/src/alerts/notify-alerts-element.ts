import type { NotifyClient } from "../client/client";
import { dispatch } from "../view/bell-events";
import { ClientElement } from "../view/client-element";
import { h, setAttribute } from "../view/dom";
import { headline } from "../view/headline";
import { linkFor } from "../view/links";
import { givenTexts, type Translate, translator } from "../view/messages";
import { adopt } from "../view/styles";
import type { Item } from "../wire/protocol";
import { ALERTS_ENGLISH, type AlertsMessages } from "./alerts-messages";
import { showAppBadge } from "./app-badge";
import { Burst } from "./burst";
import { type Choice, choose, isChosen, isPushed } from "./choices";
import { Desktop, permission } from "./desktop";
import css from "./notify-alerts.css?inline";
import { play } from "./sound";
import { Switch } from "./switch";
import { TitleCount } from "./title-count";

/** So many notifications of a burst are shown one by one on the desktop. */
const FEW = 3;

/**
 * Tells of what is new outside of the page: in its title, on the icon of the installed site, on the
 * desktop and by a sound. Each attribute adds one way; desktop and sound have a switch, and are off
 * until somebody turns it on.
 *
 * @tagname notify-alerts
 *
 * @attr {string} ws-url - URL of the WebSocket; default `/ws/notifications/`
 * @attr {string} api-url - URL of the HTTP API; default `/notifications/api/`
 * @attr {"off"} socket - open no socket, and ask over HTTP instead
 * @attr {string} inbox-url - URL of the inbox page; default `/notifications/`
 * @attr {string} bell-url - URL of `notify-bell.js`, whose client this uses; default: beside this script
 * @attr {string} panel-url - URL of `notify-panel.js`; default: beside `notify-bell.js`
 * @attr {string} user - primary key of the user
 * @attr {boolean} title-count - shows the count in the title of the page
 * @attr {boolean} app-badge - shows the count on the icon of the installed site
 * @attr {boolean} desktop - offers notifications on the desktop
 * @attr {string} sound - offers a sound: a URL of yours, or "" for two soft tones
 * @attr {string} texts - the texts in another language than English, as a JSON object
 * @attr {"light" | "dark"} theme - colours; default: the page's `color-scheme`
 * @attr {string} lang - language of plurals; default: that of the page at the element
 *
 * @csspart alerts - the group of switches
 * @csspart switch - a switch
 * @csspart words - its words
 * @csspart label - its name
 * @csspart text - what it is for
 * @csspart knob - the picture of its state
 *
 * @event {CustomEvent} notify-click - the user chose a notification; can be cancelled
 */
export class NotifyAlertsElement extends ClientElement {
  static override readonly observedAttributes = [
    ...ClientElement.observedAttributes,
    "title-count",
    "app-badge",
    "desktop",
    "sound",
  ];

  readonly #group = h("div", "alerts", { role: "group" });
  readonly #switches = {
    desktop: new Switch(() => void this.#toggleDesktop()),
    sound: new Switch(() => this.#toggleSound()),
  };
  readonly #title = new TitleCount();
  readonly #desktop = new Desktop();
  readonly #burst = new Burst((items) => this.#tell(items));
  #badge: number | null = null;
  #messages: Partial<AlertsMessages> = {};

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    adopt(root, css);
    root.append(this.#group);
    this.#group.append(this.#switches.desktop.element, this.#switches.sound.element);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#draw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#title.show(0);
    this.#burst.stop();
    this.#desktop.clear();
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    if (ClientElement.observedAttributes.includes(name)) {
      super.attributeChangedCallback(name, old, value);
    }
    if (!this.isConnected) return;
    this.#draw();
    this.#count();
  }

  /** The texts of the page. Assign some to replace the element's own; the others stay. */
  get messages(): Partial<AlertsMessages> {
    return this.#messages;
  }

  set messages(messages: Partial<AlertsMessages>) {
    this.#messages = messages;
    this.#draw();
  }

  protected override attach(client: NotifyClient, signal: AbortSignal): void {
    client.addEventListener("change", () => this.#count(), { signal });
    client.addEventListener("arrive", ({ detail }) => this.#burst.add(detail.items), { signal });
    const looked = () => document.hidden || this.#desktop.clear();
    document.addEventListener("visibilitychange", looked, { signal });
    // A switch in another tab.
    window.addEventListener("storage", () => this.#draw(), { signal });
    this.#count();
  }

  get #user(): string {
    return this.getAttribute("user") ?? "";
  }

  readonly #translate: Translate<AlertsMessages> = (name, values) =>
    translator({ ...ALERTS_ENGLISH, ...givenTexts(this), ...this.#messages }, this.locale)(
      name,
      values,
    );

  #isOn(choice: Choice): boolean {
    const granted = choice === "sound" || permission() === "granted";
    return this.hasAttribute(choice) && granted && isChosen(choice, this.#user);
  }

  #draw(): void {
    const { desktop, sound } = this.#switches;
    const blocked = permission() === "denied";
    const text = this.#translate(blocked ? "blocked" : "desktopText");
    setAttribute(this.#group, "aria-label", this.#translate("label"));
    desktop.update(blocked ? null : this.#isOn("desktop"), this.#translate("desktop"), text);
    sound.update(this.#isOn("sound"), this.#translate("sound"), this.#translate("soundText"));
    desktop.element.hidden = !this.hasAttribute("desktop") || permission() === "unsupported";
    sound.element.hidden = !this.hasAttribute("sound");
    this.#group.hidden = desktop.element.hidden && sound.element.hidden;
  }

  /** Permission is asked for by a click alone: whoever is asked unprepared says no for ever. */
  async #toggleDesktop(): Promise<void> {
    if (permission() === "denied") return;
    const on = !this.#isOn("desktop");
    if (on) await Notification.requestPermission();
    choose("desktop", this.#user, on && permission() === "granted");
    this.#draw();
  }

  #toggleSound(): void {
    const on = !this.#isOn("sound");
    choose("sound", this.#user, on);
    this.#draw();
    if (on) void play(this.getAttribute("sound") ?? "");
  }

  #count(): void {
    const state = this.client?.state;
    if (!state) return;
    const { unread, ready, signedOut, items } = state;
    this.#title.show(this.hasAttribute("title-count") ? unread : 0);
    this.#desktop.update(items);
    if (!this.hasAttribute("app-badge") || !(ready || signedOut) || unread === this.#badge) return;
    this.#badge = unread;
    void showAppBadge(unread);
  }

  /** Tells what has arrived, in the one tab that speaks for all. */
  #tell(items: readonly Item[]): void {
    if (!this.client?.state.speaks) return;
    if (this.#isOn("sound")) void play(this.getAttribute("sound") ?? "");
    if (!document.hidden || !this.#isOn("desktop") || isPushed(this.#user)) return;
    if (items.length <= FEW) for (const item of items) this.#show(item);
    else this.#showMany(items);
  }

  #show(item: Item): void {
    const title = headline(item, this.#translate("untitled"));
    const tag = `realtime-notify-${item.id}`;
    const announced = { title, body: item.description, tag, lang: this.locale };
    this.#desktop.show(announced, [item], () => this.#open(item));
  }

  #showMany(items: readonly Item[]): void {
    const title = this.#translate("arrived", { count: items.length });
    const body = items.slice(-FEW).map((item) => headline(item, this.#translate("untitled")));
    const announced = { title, body: body.join("\n"), tag: "realtime-notify", lang: this.locale };
    this.#desktop.show(announced, items, () => location.assign(this.inboxUrl));
  }

  /** Does what a click on the item in the panel does. */
  #open(item: Item): void {
    const originalEvent = new MouseEvent("click");
    const go = dispatch(this, "notify-click", { item, originalEvent });
    const link = go && linkFor(item.id, item.url, this.inboxUrl);
    if (link) location.assign(link);
    if (!link || link.startsWith("mailto:")) void this.client?.markRead([item.id]);
  }
}
