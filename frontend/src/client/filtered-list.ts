/** A list beside the inbox, kept in step with the server for as long as it is shown. */

import type { Args, Frame, Item } from "../wire/protocol";
import type { Apply } from "./acting";
import { TypedEventTarget } from "./client-events";
import { addPage, begin, expected, type Filter, follow, pageArgs } from "./filters";
import type { Operation } from "./operations";
import { type Answer, type Result, result } from "./requests";
import { EMPTY, type View } from "./store";

/** What a list needs of its client. */
interface Source {
  /** The view of the inbox. */
  view(): View;
  /** What the server has not confirmed yet. */
  operations(): readonly Operation[];
  /** Asks for a page, which is applied as soon as it arrives. */
  page(args: Args, apply: Apply): Promise<Answer>;
  close(): void;
}

/** A screenful: a list with less asks for more by itself. */
const ENOUGH = 10;
/** How often in a row to ask for pages that bring nothing. */
const TRIES = 20;

export class FilteredList extends TypedEventTarget<{ change: FilteredList }> {
  readonly filter: Filter;
  readonly #source: Source;
  #view: View = EMPTY;
  #loading: Promise<Result> | null = null;
  /** The frames that came while the first page was under way, each with the view before it. */
  #missed: [Frame, View][] = [];

  constructor(filter: Filter, source: Source) {
    super();
    this.filter = filter;
    this.#source = source;
    this.#begin();
  }

  /** Newest arrival first. Nothing once another account has signed in. */
  get items(): readonly Item[] {
    if (!this.ready) return [];
    return expected(this.#view.items, this.#source.operations(), this.filter);
  }

  get hasMore(): boolean {
    return this.ready && this.#view.next !== null;
  }

  /** False until the first items are known. */
  get ready(): boolean {
    return this.#view.rev !== null && this.#view.inbox === this.#source.view().inbox;
  }

  /** Loads older items, some pages of them if the first ones hold none. */
  loadMore(): Promise<Result> {
    this.#loading ??= this.#load(this.#view.items.length + 1).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Stops following the server. */
  close(): void {
    this.#source.close();
  }

  /** Applies a frame that was applied to the inbox, whose view was `before` until then. */
  follow(frame: Frame, before: View): void {
    if (this.#view.rev === null && this.#loading) this.#missed.push([frame, before]);
    else this.#take(frame, before);
  }

  #take(frame: Frame, before: View): void {
    const view = frame.reset ? null : follow(this.#view, frame, this.filter, before);
    const { rev } = this.#source.view();
    // What the inbox has taken and this list could not, it cannot know any more.
    if (view === null || view.rev === null || (rev !== null && view.rev < rev)) this.#begin();
    else {
      this.#show(view);
      if (view.items.length === 0 && view.next !== null) void this.loadMore();
    }
  }

  #begin(): void {
    this.#view = begin(this.#source.view(), this.filter);
    this.#missed = [];
    this.#show(this.#view);
    if (this.#source.view().rev !== null && this.#isShort()) void this.loadMore();
  }

  #isShort(): boolean {
    const { rev, next, items } = this.#view;
    return rev === null || (next !== null && items.length < ENOUGH);
  }

  /** Loads pages until there are so many items, or no more. */
  async #load(wanted: number): Promise<Result> {
    let answer: Answer = { ok: true };
    for (let tries = 0; tries < TRIES && answer.ok; tries += 1) {
      const { rev, next, items } = this.#view;
      if (rev !== null && (next === null || items.length >= Math.max(wanted, ENOUGH))) break;
      answer = await this.#source.page(pageArgs(this.filter, this.#view), this.#applyPage(next));
    }
    return result(answer);
  }

  /** A page requested before the list began anew continues one that no longer exists. */
  #applyPage(before: string | null): Apply {
    const asked = this.#view.rev;
    return (base, page) => {
      const isStill = this.#view.next === before && (this.#view.rev === null) === (asked === null);
      const view = isStill ? addPage(this.#view, page, this.filter) : null;
      if (view) this.#arrive({ ...view, inbox: base.inbox });
      return { view: base, outcome: (base.rev ?? 0) < page.rev ? "sync" : "ignored" };
    };
  }

  #arrive(view: View): void {
    const missed = this.#missed;
    this.#missed = [];
    this.#show(view);
    for (const [frame, before] of missed) this.#take(frame, before);
  }

  #show(view: View): void {
    this.#view = view;
    this.emit("change", this);
  }
}
