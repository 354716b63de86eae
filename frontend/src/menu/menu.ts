/** The menu of a row: snooze it until some time, mute its type, or see the preferences. */

import type { NotifyClient } from "../client/client";
import type { OptOut, Preferences, TypeChoice } from "../client/preferences";
import type { ActionHost } from "../panel/actions";
import { h, setAttribute } from "../view/dom";
import type { Item } from "../wire/protocol";
import { type MenuTexts, translateFor } from "./menu-texts";
import { snoozeTimes } from "./snooze";

export class RowMenu {
  readonly #host: ActionHost;
  readonly #showPreferences: () => void;
  readonly #element = h("div", "row-menu", { role: "menu", popover: "auto" });
  #opener: HTMLElement | null = null;

  constructor(host: ActionHost, showPreferences: () => void) {
    this.#host = host;
    this.#showPreferences = showPreferences;
    host.panel.element.append(this.#element);
    this.#element.addEventListener("keydown", (event) => this.#press(event));
    this.#element.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState === "closed")
        setAttribute(this.#button, "aria-expanded", "false");
    });
  }

  /** Opens the menu of an item at its button. */
  open(client: NotifyClient, item: Item, opener: HTMLElement): void {
    const translate = translateFor(this.#host);
    this.#opener = opener;
    const others =
      opener.parentElement?.querySelectorAll<HTMLElement>(":scope > :not(.menu)") ?? [];
    const own = [...others].map((control) =>
      this.#entry(control.dataset.name ?? "", () => control.click()),
    );
    const title = h("p", "menu-title", { id: "snooze" }, translate("snooze"));
    const group = h("div", "", { role: "group", "aria-labelledby": "snooze" }, title);
    for (const [name, until] of snoozeTimes(new Date())) {
      const snooze = () => void this.#snooze(client, item, until);
      group.append(this.#entry(translate(name), snooze, this.#time(until)));
    }
    const mute = this.#entry(translate("mute"), () => void this.#mute(client, item));
    mute.hidden = true;
    void client.preferences().then((preferences) => {
      mute.hidden = typeIn(preferences, item.key)?.required !== false;
    });
    const preferences = this.#entry(translate("preferences"), this.#showPreferences);
    this.#element.replaceChildren(...own.reverse(), group, mute, preferences);
    setAttribute(this.#element, "aria-label", opener.title);
    setAttribute(opener, "aria-expanded", "true");
    this.#element.showPopover();
    this.#place(opener.getBoundingClientRect());
    this.#entries[0]?.focus();
  }

  get #button(): Element {
    return this.#opener as Element;
  }

  get #entries(): HTMLElement[] {
    return [...this.#element.querySelectorAll<HTMLElement>("button:not([hidden])")];
  }

  #entry(text: string, act: () => void, detail = ""): HTMLElement {
    const entry = h("button", "menu-item", { type: "button", role: "menuitem", tabindex: "-1" });
    entry.append(text, ...(detail ? [h("small", "", {}, detail)] : []));
    entry.addEventListener("click", (event) => {
      event.stopPropagation();
      this.#close();
      act();
    });
    return entry;
  }

  #close(): void {
    this.#element.hidePopover();
    this.#opener?.focus();
  }

  #press(event: KeyboardEvent): void {
    const entries = this.#entries;
    const { length } = entries;
    const root = this.#element.getRootNode() as ShadowRoot;
    const place = entries.indexOf(root.activeElement as HTMLElement);
    const steps: Record<string, number> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1 + length,
      Home: 0,
      End: length - 1,
    };
    // The keys of the list do not work in the menu.
    event.stopPropagation();
    const step = steps[event.key];
    if (step !== undefined) entries[step % length]?.focus();
    else if (event.key === "Tab" || event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
  }

  /** Under the button, or above it where there is no room. */
  #place({ top, bottom, left, right }: DOMRect): void {
    const { style, offsetHeight, offsetWidth } = this.#element;
    const isRtl = getComputedStyle(this.#element).direction === "rtl";
    const start = isRtl ? left : right - offsetWidth;
    const fits = bottom + offsetHeight <= innerHeight;
    style.left = `${Math.max(8, Math.min(start, innerWidth - offsetWidth - 8))}px`;
    style.top = `${Math.max(8, fits ? bottom : top - offsetHeight)}px`;
  }

  #time(moment: Date): string {
    const format = { weekday: "short", hour: "numeric", minute: "2-digit" } as const;
    return moment.toLocaleString(this.#host.context.locale, format);
  }

  async #snooze(client: NotifyClient, { id }: Item, until: Date): Promise<void> {
    const { ok } = await client.snooze([id], until);
    if (ok) this.#say("snoozed", { time: this.#time(until) });
    else this.#say("failed");
  }

  /** Opts out of the type by every medium, later ones as well. */
  async #mute(client: NotifyClient, { key }: Item): Promise<void> {
    const before = await client.preferences();
    const type = typeIn(before, key);
    const all = before?.media.map(({ name }) => name) ?? [];
    const change = (opted_out: OptOut["opted_out"]) => client.preferences({ key, opted_out });
    if (!type || !(await change(all))) {
      this.#say("failed");
      return;
    }
    const { panel } = this.#host;
    const translate = translateFor(this.#host);
    const said = translate("muted", { type: type.label });
    if (!(await panel.notice.offer(said, translate("undo")))) return;
    panel.title.focus();
    if (!(await change(type.opted_out))) this.#say("failed");
  }

  #say(text: keyof MenuTexts, gaps: Record<string, string> = {}): void {
    this.#host.panel.notice.say(translateFor(this.#host)(text, gaps));
  }
}

function typeIn(preferences: Preferences | null, key: string): TypeChoice | undefined {
  return preferences?.groups.flatMap(({ types }) => types).find((type) => type.key === key);
}
