/** The panel under the bell: header, status, list and footer. It shows state and decides nothing. */

import type { ClientState } from "../client/state";
import { button, icon } from "../view/controls";
import { h, setAttribute, setText } from "../view/dom";
import { List } from "./list";
import type { ListSource } from "./list-source";
import { Notice } from "./notice";
import type { PanelContext } from "./panel-context";
import type { PanelMessages } from "./panel-messages";

export interface PanelView {
  readonly state: ClientState;
  /** The list that is shown instead of the inbox, if any. */
  readonly source: ListSource | null;
  readonly context: PanelContext;
  /** Whether no row may move. */
  readonly holding: boolean;
  /** Whether the next page could not be loaded. */
  readonly failed: boolean;
  /** Whether the connection has been lost for long enough to say so. */
  readonly showConnection: boolean;
}

export class Panel {
  /** Whose inbox is drawn, as the server names it; null when nothing of anybody is. */
  inbox: string | null = null;
  readonly list = new List();
  readonly title = h("h2", "title", { id: "title", tabindex: "-1" });
  /** The place for what chooses between lists. */
  readonly tabs = h("div", "tabs");
  /** Shows the items that are held back from the list. */
  readonly news = button("new-items", "news");
  readonly notice = new Notice();
  readonly more = button("load-more", "more");
  readonly #markAllText = h("span");
  readonly #markAll = button("mark-all", "all", icon("checks"), this.#markAllText);
  readonly #settings = button("settings", "preferences", icon("settings"));
  readonly #close = button("close", "close", icon("close"));
  readonly #count = h("span", "count", { "aria-hidden": "true" });
  readonly #status = h("p", "status", { role: "status" });
  readonly #error = h("p", "error", { role: "alert" });
  readonly #emptyTitle = h("strong");
  readonly #emptyText = h("p");
  readonly #empty = h(
    "div",
    "empty",
    {},
    h("span", "empty-icon", { "aria-hidden": "true" }, icon("bell")),
    this.#emptyTitle,
    this.#emptyText,
  );
  readonly #skeleton = h(
    "div",
    "skeleton",
    { "aria-hidden": "true" },
    h("div"),
    h("div"),
    h("div"),
  );
  readonly #all = h("a", "see-all");
  readonly scroller = h(
    "div",
    "scroller",
    {},
    this.news,
    this.list.element,
    this.more,
    this.#empty,
    this.#skeleton,
  );
  readonly element = h(
    "div",
    "panel",
    { id: "panel", role: "dialog", popover: "auto", "aria-labelledby": "title" },
    h("div", "header", {}, this.title, this.#count, this.#markAll, this.#settings, this.#close),
    this.tabs,
    this.#status,
    this.#error,
    this.scroller,
    this.notice.element,
    h("div", "footer", {}, this.#all),
  );

  update({ state, source, context, holding, failed, showConnection }: PanelView): void {
    const { translate, inboxUrl, label } = context;
    const { items, hasMore, ready } = source ?? state;
    const empty = ready && items.length === 0;
    const notice = showConnection ? connectionMessage(state, context) : null;

    setText(this.title, label);
    setText(this.#count, state.unread > 0 ? String(state.unread) : "");
    setText(this.#markAllText, translate("markAll"));
    setAttribute(this.#markAll, "title", translate("markAll"));
    // Not `disabled`: that would take the focus away from the button just pressed.
    setAttribute(this.#markAll, "aria-disabled", state.unread === 0 ? "true" : undefined);
    setAttribute(this.#close, "aria-label", translate("close"));
    setText(this.more, translate(failed ? "retry" : "more"));
    setAttribute(this.#settings, "aria-label", translate("preferences"));
    setText(this.#emptyTitle, translate(source ? "emptyList" : "emptyTitle"));
    setText(this.#emptyText, source ? "" : translate("emptyText"));
    setText(this.#all, translate("all"));
    setAttribute(this.#all, "href", inboxUrl);
    setText(this.#status, notice ? translate(notice) : "");

    this.inbox = state.inbox;
    this.list.update(items, context, holding);
    const { held, cut } = this.list;
    setText(this.news, held ? translate("newItems", { count: held }) : "");
    this.news.hidden = held === 0;
    setAttribute(this.element, "aria-busy", ready || state.signedOut ? undefined : "true");
    this.#markAll.hidden = (empty || state.signedOut) && state.unread === 0;
    this.list.element.hidden = items.length === 0;
    this.#empty.hidden = !empty;
    this.#skeleton.hidden = ready || state.signedOut;
    this.more.hidden = !(hasMore || cut);
  }

  showError(text: string): void {
    setText(this.#error, text);
  }
}

/** Which message describes the connection, if any. */
function connectionMessage(
  state: ClientState,
  { withoutSocket }: PanelContext,
): keyof PanelMessages | null {
  if (state.signedOut) return "signedOut";
  switch (state.status) {
    case "open":
      return state.stale ? "stale" : null;
    case "polling":
      if (state.stale) return "stale";
      return withoutSocket ? null : "polling";
    case "offline":
      return "offline";
    case "idle":
    case "closed":
      return "stopped";
    default:
      return "reconnecting";
  }
}
