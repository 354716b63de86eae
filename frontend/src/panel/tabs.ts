/** The tabs over the list: the inbox, and lists beside it. Each page starts with the first one. */

import type { NotifyClient } from "../client/client";
import type { FilteredList } from "../client/filtered-list";
import type { Filter } from "../client/filters";
import { h, setAttribute, setText } from "../view/dom";
import type { ActionHost } from "./actions";

const USUAL = "all, unread";

interface Tab {
  /** Null stands for the inbox. */
  readonly filter: Filter | null;
  /** What the page calls it; else the text of this name. */
  readonly label: string | undefined;
  readonly text: "tabAll" | "unread" | "tabArchived";
  readonly element: HTMLButtonElement;
}

export class Tabs {
  readonly #host: ActionHost;
  readonly #bar = h("div", "tablist", { role: "tablist" });
  #attribute = "";
  #tabs: readonly Tab[] = [];
  #current: Tab | undefined;
  #client: NotifyClient | null = null;
  #list: FilteredList | null = null;

  constructor(host: ActionHost) {
    this.#host = host;
    host.panel.tabs.append(this.#bar);
    this.#bar.addEventListener("click", ({ target }) => {
      const tab = this.#tabs.find(({ element }) => element === target);
      if (tab) void this.#select(tab);
    });
    this.#bar.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Draws the tabs that the bell asks for, and shows the list of the chosen one. */
  update(client: NotifyClient | null): void {
    const { bell, context, panel } = this.#host;
    const attribute = bell.getAttribute("tabs") ?? USUAL;
    const isNew = attribute !== this.#attribute;
    if (isNew) {
      this.#attribute = attribute;
      this.#tabs = tabsOf(attribute);
      this.#bar.replaceChildren(...this.#tabs.map(({ element }) => element));
    }
    for (const { element, label, text } of this.#tabs) {
      setText(element, label ?? context.translate(text));
    }
    panel.tabs.hidden = this.#tabs.length < 2;
    setAttribute(panel.scroller, "role", panel.tabs.hidden ? undefined : "tabpanel");
    setAttribute(this.#bar, "aria-label", context.label);
    if (!isNew && client === this.#client) return;
    this.#client = client;
    void this.#select(this.#tabs[isNew ? 0 : this.#tabs.indexOf(this.#current as Tab)]);
  }

  async #select(tab: Tab | undefined): Promise<void> {
    const { panel } = this.#host;
    this.#current = tab;
    this.#list?.close();
    this.#list = null;
    for (const { element } of this.#tabs) {
      const isCurrent = element === tab?.element;
      setAttribute(element, "aria-selected", String(isCurrent));
      setAttribute(element, "tabindex", isCurrent ? "0" : "-1");
    }
    setAttribute(panel.scroller, "aria-labelledby", tab?.element.id);
    if (!tab?.filter) {
      this.#host.show(null);
      return;
    }
    const list = await this.#client?.list(tab.filter);
    if (!list || this.#current !== tab) {
      list?.close();
      return;
    }
    this.#list = list;
    list.addEventListener("change", () => this.#host.render());
    this.#host.show(list);
  }

  /** Moves to another tab, which shows its list at once. */
  #press(event: KeyboardEvent): void {
    const { length } = this.#tabs;
    const place = this.#tabs.findIndex(({ element }) => element === event.target);
    const isRtl = getComputedStyle(this.#bar).direction === "rtl";
    const steps: Record<string, number> = {
      ArrowRight: place + (isRtl ? length - 1 : 1),
      ArrowLeft: place + (isRtl ? 1 : length - 1),
      Home: 0,
      End: length - 1,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // Home and End are keys of the list as well.
    event.stopPropagation();
    const tab = this.#tabs[step % length];
    tab?.element.focus();
    if (tab !== this.#current) void this.#select(tab);
  }
}

/** Reads `all, unread, archived, group:blog=Posts`. Commas may be left out between plain names. */
function tabsOf(attribute: string): Tab[] {
  return [...attribute.matchAll(/([^\s,=]+)(?:=([^,]*))?/g)].map(([, name = "", label], place) => ({
    filter: filterOf(name),
    label: label?.trim() || (name.startsWith("group:") ? name.slice(6) : undefined),
    text: name === "unread" ? "unread" : name === "archived" ? "tabArchived" : "tabAll",
    element: h("button", "tab", { type: "button", role: "tab", id: `tab-${place}` }),
  }));
}

function filterOf(name: string): Filter | null {
  if (name === "unread") return { unread: true };
  if (name === "archived") return { archived: true };
  return name.startsWith("group:") ? { group: name.slice(6) } : null;
}
