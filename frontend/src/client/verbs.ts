/** What a person can do with their inbox. Each is a command of the protocol. */

import type { Args, Command } from "../wire/protocol";
import type { Acting } from "./acting";
import { type ClientEvents, TypedEventTarget } from "./client-events";
import type { FilteredList } from "./filtered-list";
import type { Filter } from "./filters";
import type { OptOut, Preferences } from "./preferences";
import type { Answer, Result } from "./requests";

export abstract class Verbs extends TypedEventTarget<ClientEvents> {
  /** The rev of what is shown; 0 until the first reply. */
  protected abstract get rev(): number;
  /** Returns the acting part, which is loaded first where it has to be. */
  protected abstract equipped(): Promise<Acting>;
  /** Acts, at once if the acting part is there. If it cannot be loaded, that is the result. */
  protected abstract act<Kind extends Result>(
    use: (acting: Acting) => Promise<Kind>,
  ): Promise<Kind | Answer>;

  markRead(ids: readonly number[]): Promise<Result> {
    return this.#perform("read", { ids });
  }

  markUnread(ids: readonly number[]): Promise<Result> {
    return this.#perform("unread", { ids });
  }

  /**
   * Marks everything up to the current rev read: whatever arrives meanwhile stays unread.
   *
   * @param confirmed - shows it, but sends it only once this resolves to true; see `delete()`.
   */
  markAllRead(confirmed?: Promise<boolean>): Promise<Result> {
    return this.#perform("read", { upto: this.rev }, confirmed);
  }

  /** Marks everything up to the current rev seen. */
  markSeen(): Promise<Result> {
    return this.#perform("seen", { upto: this.rev });
  }

  archive(ids: readonly number[]): Promise<Result> {
    return this.#perform("archive", { ids });
  }

  unarchive(ids: readonly number[]): Promise<Result> {
    return this.#perform("unarchive", { ids });
  }

  /**
   * Deletes items, for good.
   *
   * @param confirmed - shows it, but sends it only once this resolves to true. If it resolves to
   *   false, the items come back. Whoever leaves the page has confirmed.
   */
  delete(ids: readonly number[], confirmed?: Promise<boolean>): Promise<Result> {
    return this.#perform("delete", { ids }, confirmed);
  }

  /** Hides items until a moment, when they arrive again. */
  snooze(ids: readonly number[], until: Date | string): Promise<Result> {
    return this.#perform("snooze", { ids, until });
  }

  /** Subscribes to all events of a type, or to those about a target, such as "blog.post:42". */
  subscribe(key: string, target?: string): Promise<Result> {
    return this.#perform("subscribe", { key, target });
  }

  unsubscribe(key: string, target?: string): Promise<Result> {
    return this.#perform("unsubscribe", { key, target });
  }

  /** Loads the next page of older items. */
  loadMore(): Promise<Result> {
    return this.act((acting) => acting.loadMore());
  }

  /** Returns a list beside the inbox, such as the archive. Close it when it is shown no more. */
  async list(filter: Filter): Promise<FilteredList> {
    return (await this.equipped()).list(filter);
  }

  /**
   * Returns what the person has chosen to be told of; null if the server does not say.
   *
   * @param change - is saved first
   */
  async preferences(change?: OptOut): Promise<Preferences | null> {
    return (await this.equipped()).preferences(change);
  }

  #perform(command: Command, args: Args, confirmed?: Promise<boolean>): Promise<Result> {
    return this.act((acting) => acting.perform(command, args, confirmed));
  }
}
