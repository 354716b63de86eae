/** What a person can do with their inbox. Each is a command of the protocol. */

import type { Args, Command } from "../wire/protocol";
import { type ClientEvents, TypedEventTarget } from "./client-events";
import type { Result } from "./requests";

export abstract class Verbs extends TypedEventTarget<ClientEvents> {
  /** The rev of what is shown. */
  protected abstract get rev(): number | null;
  protected abstract perform(
    command: Command,
    args: Args,
    confirmed?: Promise<boolean>,
  ): Promise<Result>;

  markRead(ids: readonly number[]): Promise<Result> {
    return this.perform("read", { ids });
  }

  markUnread(ids: readonly number[]): Promise<Result> {
    return this.perform("unread", { ids });
  }

  /**
   * Marks everything up to the current rev read: whatever arrives meanwhile stays unread.
   *
   * @param confirmed - shows it, but sends it only once this resolves to true; see `delete()`.
   */
  markAllRead(confirmed?: Promise<boolean>): Promise<Result> {
    return this.perform("read", { upto: this.rev ?? 0 }, confirmed);
  }

  /** Marks everything up to the current rev seen. */
  markSeen(): Promise<Result> {
    return this.perform("seen", { upto: this.rev ?? 0 });
  }

  archive(ids: readonly number[]): Promise<Result> {
    return this.perform("archive", { ids });
  }

  unarchive(ids: readonly number[]): Promise<Result> {
    return this.perform("unarchive", { ids });
  }

  /**
   * Deletes items, for good.
   *
   * @param confirmed - shows it, but sends it only once this resolves to true. If it resolves to
   *   false, the items come back. Whoever leaves the page has confirmed.
   */
  delete(ids: readonly number[], confirmed?: Promise<boolean>): Promise<Result> {
    return this.perform("delete", { ids }, confirmed);
  }

  /** Hides items until a moment, when they arrive again. */
  snooze(ids: readonly number[], until: Date | string): Promise<Result> {
    return this.perform("snooze", { ids, until });
  }

  /** Subscribes to all events of a type, or to those about a target, such as "blog.post:42". */
  subscribe(key: string, target?: string): Promise<Result> {
    return this.perform("subscribe", { key, target });
  }

  unsubscribe(key: string, target?: string): Promise<Result> {
    return this.perform("unsubscribe", { key, target });
  }
}
