/** Carries out commands over the socket while it is open, else over HTTP. */

import type { Args, Command, Frame } from "../wire/protocol";
import type { Acting, Apply, CreateActing, Receiving, Shown } from "./acting";
import { FilteredList } from "./filtered-list";
import type { Filter } from "./filters";
import { HttpApi, type HttpOptions } from "./http";
import { isMark } from "./operations";
import { applyPage } from "./pages";
import { Pending } from "./pending";
import { Polling } from "./polling";
import type { OptOut, Preferences } from "./preferences";
import { UNDONE } from "./problems";
import { type Answer, failed, type Result, result } from "./requests";
import type { View } from "./store";
import { StoredQueue } from "./stored-queue";

/** How often to ask for a page that keeps arriving older than the view. */
const PAGE_TRIES = 5;

class InboxActing implements Acting {
  readonly #inbox: Receiving;
  readonly #http: HttpApi;
  readonly #pending: Pending;
  readonly #lists = new Set<FilteredList>();
  readonly #polling: Polling;
  #loading: Promise<Result> | null = null;

  constructor(inbox: Receiving, http: HttpOptions) {
    this.#inbox = inbox;
    this.#http = new HttpApi(http);
    const ways = {
      ask: this.ask.bind(this),
      askByHttp: this.#askByHttp.bind(this),
    };
    this.#pending = new Pending(inbox, ways, new StoredQueue(inbox.queue));
    this.#polling = new Polling(inbox);
  }

  async perform(command: Command, args: Args, confirmed?: Promise<boolean>): Promise<Result> {
    // Before the first answer there is nothing to show.
    const isShown = isMark(command) && this.#inbox.view().rev !== null;
    if (isShown) return this.#pending.add(command, args, confirmed);
    if (confirmed && !(await confirmed)) return failed(UNDONE);
    return result(await this.ask(command, args));
  }

  rebase(base: View): Shown {
    return this.#pending.rebase(base);
  }

  resume(): void {
    this.#pending.resume();
  }

  stop(): void {
    this.#pending.stop();
  }

  loadMore(): Promise<Result> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  list(filter: Filter): FilteredList {
    const list = new FilteredList(filter, {
      view: this.#inbox.view,
      operations: () => this.#pending.operations,
      page: (args, apply) => this.ask("page", args, apply),
      close: () => this.#lists.delete(list),
    });
    this.#lists.add(list);
    return list;
  }

  follow(frame: Frame, before: View): void {
    for (const list of this.#lists) list.follow(frame, before);
  }

  ask(command: Command, args: Args, apply?: Apply): Promise<Answer> {
    return this.#inbox.greeted()
      ? this.#inbox.request(command, args, apply)
      : this.#askByHttp(command, args, apply);
  }

  preferences(change?: OptOut): Promise<Preferences | null> {
    return this.#http.preferences(change);
  }

  ticket(): Promise<string> {
    return this.#http.ticket();
  }

  /** Says whose inbox is meant: HTTP goes by the cookie, which may be another account's by now. */
  async #askByHttp(command: Command, args: Args, apply?: Apply): Promise<Answer> {
    const { inbox } = this.#inbox.view();
    const answer = await this.#http.ask(command, inbox === null ? args : { ...args, inbox });
    // What the socket has brought meanwhile is newer, and may be about another account.
    if (this.#inbox.greeted() || this.#inbox.view().inbox !== inbox) return answer;
    if (answer.frame) this.#inbox.take(answer.frame, apply);
    if (answer.error?.code === "not_signed_in") this.#inbox.forget(true);
    if (answer.error?.code === "other_inbox") {
      this.#inbox.forget();
      void this.#inbox.sync();
    }
    if (command === "sync") this.#synced(answer);
    return answer;
  }

  /** Where there is no socket, an answer is what a greeting is there: the server is within reach. */
  #synced(answer: Answer): void {
    this.#polling.answered(answer);
    if (answer.ok && this.#inbox.polls()) this.#pending.resume();
  }

  async #load(): Promise<Result> {
    let answer: Answer = { ok: true };
    for (let tries = 0; tries < PAGE_TRIES && answer.ok; tries += 1) {
      const before = this.#inbox.view().next;
      if (before === null) break;
      answer = await this.ask("page", { before }, pageAfter(before));
      // An unmoved cursor means that the page was older than the view and has been dropped.
      if (this.#inbox.view().next !== before) break;
    }
    return result(answer);
  }
}

/** A page requested before a reset continues a list that no longer exists. */
function pageAfter(before: string): Apply {
  return (view, frame) =>
    view.next === before ? applyPage(view, frame) : { view, outcome: "ignored" };
}

export const createActing: CreateActing = (inbox, http) => new InboxActing(inbox, http);
