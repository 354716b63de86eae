/** The actions that an event offers in its `data.actions`: links, and buttons that answer it. */

import { csrfToken } from "../client/http";
import { dispatch } from "../view/bell-events";
import { h, setAttribute, setText } from "../view/dom";
import type { Item } from "../wire/protocol";
import { run, type Scene } from "./actions";
import type { PanelContext } from "./panel-context";

interface Offer {
  readonly label: string;
  readonly url: string;
  readonly method?: string;
  readonly style?: string;
}

/** The offers of one row. */
export class Offers {
  readonly element = h("div", "offers");
  readonly #problem = h("p", "offer-error", { role: "alert" });
  #data: unknown;

  /** Draws the offers of an item, unless they are drawn. */
  update({ data }: Item, tabindex: string | null): void {
    if (JSON.stringify(data) === JSON.stringify(this.#data)) return;
    this.#data = data;
    const controls = offersIn(data).map((offer, place) => {
      const attributes = {
        "data-action": "offer",
        "data-place": String(place),
        "data-style": offer.style,
        tabindex: tabindex ?? undefined,
      };
      return isPost(offer)
        ? h("button", "offer", { ...attributes, type: "button" }, offer.label)
        : h("a", "offer", { ...attributes, href: offer.url }, offer.label);
    });
    this.element.replaceChildren(...controls, ...(controls.length > 0 ? [this.#problem] : []));
  }

  at(place: number): Offer | undefined {
    return offersIn(this.#data)[place];
  }

  setBusy(busy: boolean): void {
    // Not `disabled`: that would take the focus away from the button just pressed.
    for (const control of this.element.querySelectorAll("button")) {
      setAttribute(control, "aria-disabled", busy ? "true" : undefined);
    }
    setText(this.#problem, "");
  }

  fail({ translate }: PanelContext): void {
    setText(this.#problem, translate("failed"));
  }

  /** Says what was answered, in the place of the buttons. */
  settle(text: string): void {
    this.element.replaceChildren(h("span", "answer", { role: "status", tabindex: "-1" }, text));
    this.element.querySelector<HTMLElement>(".answer")?.focus();
  }
}

/** What choosing an offer does: a link leads somewhere, a button sends the answer. */
export function choose({ host, client, event, row }: Scene): void {
  const control = (event.target as Element).closest<HTMLElement>("[data-place]");
  const offer = row?.offers.at(Number(control?.dataset.place));
  if (!row?.item || !offer || control?.hasAttribute("aria-disabled")) return;
  const { item } = row;
  if (isPost(offer)) {
    void answer({ host, client, event, row }, item, offer);
    return;
  }
  const originalEvent = event as MouseEvent;
  if (!dispatch(host.bell, "notify-click", { item, originalEvent })) event.preventDefault();
  if (!item.read) void run(host, client.markRead([item.id]));
}

async function answer({ host, client, row }: Scene, item: Item, offer: Offer): Promise<void> {
  if (!row) return;
  const { offers } = row;
  offers.setBusy(true);
  const done = await post(offer.url);
  offers.setBusy(false);
  if (!done) {
    offers.fail(host.context);
    return;
  }
  offers.settle(host.context.translate("answered", { action: offer.label }));
  if (!item.read) await run(host, client.markRead([item.id]));
}

/** Posts to this site, and tells whether it was done. A redirect is none: it leads to a login. */
async function post(url: string): Promise<boolean> {
  if (new URL(url, location.href).origin !== location.origin) {
    console.warn(`realtime_notify: the action would POST to another site, ${url}: refused.`);
    return false;
  }
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
    return (await fetch(url, { method: "POST", headers, redirect: "manual" })).ok;
  } catch {
    return false;
  }
}

function isPost({ method }: Offer): boolean {
  return method === "POST";
}

/** The server has checked what is published today, but not what another program has stored. */
function offersIn(data: unknown): Offer[] {
  const { actions } = (data ?? {}) as { actions?: unknown };
  if (!Array.isArray(actions)) return [];
  return actions.filter((offer) => {
    const { label, url } = (offer ?? {}) as Partial<Offer>;
    return typeof label === "string" && typeof url === "string" && /^(\/|https?:)/.test(url);
  });
}
