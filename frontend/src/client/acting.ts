/**
 * What the client does, apart from what it receives.
 *
 * A badge only receives. So `notify-bell.js` holds the receiving part, `NotifyClient`, and gets the
 * acting part with the panel when it is first needed. `client.js` holds both.
 */

import type { Args, Command, Frame, Problem } from "../wire/protocol";
import type { FilteredList } from "./filtered-list";
import type { Filter } from "./filters";
import type { HttpOptions } from "./http";
import type { OptOut, Preferences } from "./preferences";
import type { Answer, Result } from "./requests";
import type { Step, View } from "./store";

/** Makes a view of a view and a frame. The store's `apply()` does, for all replies but a page. */
export type Apply = (view: View, frame: Frame) => Step<string>;

/** What the acting part sees of its client. */
export interface Receiving {
  /** What the server has confirmed. */
  view(): View;
  /** The name under which operations are kept until the server has confirmed them. */
  readonly queue: string;
  /** Whether the socket takes commands: the server has answered hello. */
  greeted(): boolean;
  /** Whether there is no socket to be had, so that news has to be asked for. */
  polls(): boolean;
  /** Sends a command over the socket. Its reply is applied as soon as it arrives. */
  request(command: Command, args: Args, apply?: Apply): Promise<Answer>;
  /** Applies a frame that came another way. */
  take(frame: Frame, apply?: Apply): void;
  /** Asks what changed, over the socket while it is open, else over HTTP. */
  sync(): Promise<Result>;
  /** Another account has signed in, or nobody any more: shows nothing of the one before. */
  forget(signedOut?: boolean): void;
  /** Tells of a problem that belongs to no request. */
  report(problem: Problem): void;
  /** Shows whether something may be missing. */
  doubt(stale: boolean): void;
  /** Derives the state anew, since something that it depends on has changed here. */
  refresh(): void;
}

/** What there is to show: a base with the operations that it does not include yet. */
export interface Shown {
  readonly view: View;
  /** How many operations the server has not confirmed. */
  readonly pending: number;
}

export interface Acting {
  /**
   * Carries out a command for a person. What changes items is shown at once, and kept until the
   * server has answered; with `confirmed` it is not sent until that resolves to true.
   */
  perform(command: Command, args: Args, confirmed?: Promise<boolean>): Promise<Result>;
  /** Lays what the server has not confirmed over a base. */
  rebase(base: View): Shown;
  /** The server has answered hello: sends what waits. */
  resume(): void;
  /** The client is disconnected: sends what waits, and leaves the rest to the next connection. */
  stop(): void;
  /** Loads the next page of older items. */
  loadMore(): Promise<Result>;
  /** Returns a list beside the inbox. */
  list(filter: Filter): FilteredList;
  /** A frame was applied, to this view: the lists follow it. */
  follow(frame: Frame, before: View): void;
  /** Reads the preferences, or null; a change is saved first. */
  preferences(change?: OptOut): Promise<Preferences | null>;
  /** Asks over the socket while it is open, else over HTTP: commands and replies are the same. */
  ask(command: Command, args: Args, apply?: Apply): Promise<Answer>;
  /** Gets a ticket for the socket, which can send no headers of its own. Rejects without one. */
  ticket(): Promise<string>;
}

export type CreateActing = (receiving: Receiving, http: HttpOptions) => Acting;
