/** The menu of a row: snooze it until some time, mute its type, or open the preferences. */

import type { Preferences, TypeChoice } from "../client/preferences";
import { h, setAttribute } from "../view/dom";
import type { Item } from "../wire/protocol";
import { type ActionHost, run } from "./actions";
import { type SnoozeName, snoozeTimes } from "./snooze";

export class RowMenu {
  readonly #host: ActionHost;
  readonly #element = h("div", "row-menu", { role: "menu", popover: "auto" });
  #opener: HTMLElement | null = null;

  constructor(host: ActionHost) {
    this.#host = host;
    host.panel.element.append(this.#element);
    this.#element.addEventListener("keydown", (event) => this.#press(event));
    this.#element.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "open") return;
      this.#opener?.removeAttribute("aria-expanded");
      // The browser gives the focus back to what had it before; that is nothing after a tap.
      if (this.#element.contains(this.#active)) this.#opener?.focus();
    });
  }

  /** Opens the menu of an item under its button. */
  open(item: Item, opener: HTMLElement): void {
    this.#opener = opener;
    const { context, bell } = this.#host;
    const { translate, locale } = context;
    const format = new Intl.DateTimeFormat(locale, { weekday: "short", timeStyle: undefined });
    const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    const snoozes = snoozeTimes(new Date()).map(([name, until]) =>
      this.#entry(
        `${translate(name)}`,
        () => void run(this.#host, this.#snooze(item, until)),
        `${format.format(until)} ${clock.format(until)}`,
      ),
    );
    const mute = this.#entry(translate("mute"), () => void this.#mute(item));
    mute.hidden = true;
    void bell.client?.preferences().then((preferences) => {
      const type = preferences && typeIn(preferences, item.key);
      mute.hidden = !type || type.required;
    });
    const title = h("p", "menu-title", { id: "snooze", role: "presentation" }, translate("snooze"));
    const group = h("div", "", { role: "group", "aria-labelledby": "snooze" }, title, ...snoozes);
    const more = this.#entry(translate("preferences"), () => this.#host.preferences.open(opener));
    this.#element.replaceChildren(group, mute, more);
    setAttribute(this.#element, "aria-label", opener.getAttribute("aria-label") ?? undefined);
    setAttribute(opener, "aria-expanded", "true");
    this.#element.showPopover();
    this.#place(opener.getBoundingClientRect());
    this.#entries[0]?.focus();
  }
}
