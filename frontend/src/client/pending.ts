/**
 * The operations that the server has not confirmed yet: shows them, sends them and keeps them.
 *
 * An operation ends when what the server made of it is part of the base, never before, so nothing
 * flickers. A refusal undoes it, and only it. Everything else is an interruption: the operation stays
 * and is sent again, which does no harm, since each says what shall be and not what to change.
 */

import { fullJitter } from "../connection/backoff";
import type { Args, Problem, Selection } from "../wire/protocol";
import type { Apply, Receiving, Shown } from "./acting";
import { Departed } from "./departed";
import { type Mark, type Operation, overlap, overlay } from "./operations";
import { ENDED, EXPIRED, FULL, MOST, UNDONE } from "./problems";
import { type Answer, failed, type Result } from "./requests";
import { apply, type View } from "./store";
import { LIFETIME, type StoredQueue } from "./stored-queue";

type Ask = (mark: Mark, args: Args, apply: Apply) => Promise<Answer>;

/** How commands reach the server. */
interface Ways {
  /** Over the socket while it is open, else over HTTP. */
  readonly ask: Ask;
  /** In a request that outlasts the page. */
  readonly askByHttp: Ask;
}

interface Entry {
  readonly operation: Operation;
  /** `held` until it is certain that it is meant, then `waiting` to be sent, then `sent`. */
  state: "held" | "waiting" | "sent";
  /** The rev of the server's answer. */
  confirmedAt: number | null;
  /** Tells who asked for it; null if it was asked for on another page. */
  readonly settle: ((result: Result) => void) | null;
}

export class Pending {
  readonly #client: Receiving;
  readonly #ways: Ways;
  readonly #queue: StoredQueue;
  /** Null while the client is disconnected. */
  #listening: AbortController | null = null;
  readonly #departed = new Departed();
  #entries: readonly Entry[] = [];
  #operations: readonly Operation[] = [];
  /** Whose operations these are; undefined while nothing is known. */
  #inbox: string | null | undefined;
  /** The last base, and what was shown of it; null where that has to be laid out anew. */
  #base: View | null = null;
  #view: View | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the server allows the next attempt. */
  #allowedAt = 0;
  #failures = 0;

  constructor(client: Receiving, ways: Ways, queue: StoredQueue) {
    this.#client = client;
    this.#ways = ways;
    this.#queue = queue;
    this.#listen();
  }

  /**
   * Carries out an operation: at once in what is shown, then at the server.
   *
   * @param confirmed - holds the operation back until it resolves, to false if it is not meant.
   * @returns how it ended, once the server has answered.
   */
  add(command: Mark, given: Args, confirmed?: Promise<boolean>): Promise<Result> {
    if (this.#entries.length >= MOST) return Promise.resolve(failed(FULL));
    this.#listen();
    return new Promise((settle) => {
      const operation = this.#operationOf(command, given);
      const state = confirmed ? "held" : "waiting";
      const entry: Entry = { operation, state, confirmedAt: null, settle };
      this.#replace([...this.#entries, entry]);
      if (!confirmed) this.#keep(operation);
      this.#client.refresh();
      void confirmed?.then((isMeant) => this.#release(entry, isMeant));
      this.#send();
    });
  }

  /** What the server has not confirmed, in the order in which it was done. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Lays the operations over a base, and ends those that it includes. */
  rebase(base: View): Shown {
    const inbox = base.rev === null ? undefined : base.inbox;
    if (inbox !== this.#inbox) this.#moveTo(inbox);
    const rev = base.rev ?? 0;
    const isOpen = ({ confirmedAt }: Entry) => confirmedAt === null || confirmedAt > rev;
    if (!this.#entries.every(isOpen)) this.#replace(this.#entries.filter(isOpen));
    if (base !== this.#base) this.#view = null;
    this.#base = base;
    this.#view ??= overlay(base, this.#operations);
    return { view: this.#view, pending: this.#entries.length };
  }

  /** The server is there: sends what waits and may be sent, whichever tab it was done in. */
  resume(): void {
    if (Date.now() >= this.#allowedAt) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#failures = 0;
    }
    this.#listen();
    this.#adopt();
    this.#client.refresh();
    this.#send();
  }

  /** Sends what waits, and nothing again until there is a connection, or the next page. */
  stop(): void {
    this.#leave();
    this.#listening?.abort();
    this.#listening = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const { name } = this.#queue;
    addEventListener("pagehide", () => this.#leave(), { signal });
    addEventListener("storage", ({ key }) => key === name && this.#yield(), { signal });
  }

  #operationOf(command: Mark, given: Args): Operation {
    const { inbox, items } = this.#client.view();
    const { ids = [] } = given as Selection;
    const key = Math.random().toString(36).slice(2);
    const args = inbox === null ? given : { ...given, inbox };
    const operation = { key, command, args, at: Date.now() };
    if (command === "unarchive") return { ...operation, items: this.#departed.recall(ids) };
    this.#departed.remember(ids, items);
    return operation;
  }

  #replace(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#operations = entries.map(({ operation }) => operation);
    this.#view = null;
  }

  /** Another account, or none, is shown from now on: nothing of the one before may reach it. */
  #moveTo(inbox: string | null | undefined): void {
    const ended = this.#entries;
    if (this.#inbox) this.#queue.clear();
    this.#replace([]);
    this.#departed.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inbox = inbox;
    for (const { settle } of ended) settle?.(failed(ENDED));
    if (!inbox) return;
    this.#queue.clearOthers();
    this.#adopt();
    // Not now: this runs while the state is derived.
    queueMicrotask(() => this.#send());
  }

  /** Takes over what was done on other pages and has not been confirmed. */
  #adopt(): void {
    if (!this.#inbox) return;
    const known = new Set(this.#operations.map(({ key }) => key));
    const found = this.#queue.read(this.#inbox).filter(({ key }) => !known.has(key));
    if (found.length === 0) return;
    const entries = found.map(
      (operation): Entry => ({ operation, state: "waiting", confirmedAt: null, settle: null }),
    );
    const inOrder = [...this.#entries, ...entries].sort((a, b) => a.operation.at - b.operation.at);
    this.#replace(inOrder);
  }

  /** Another tab has carried out what it had in common with this one. */
  #yield(): void {
    if (!this.#inbox) return;
    const kept = new Set(this.#queue.read(this.#inbox).map(({ key }) => key));
    const isMine = ({ operation, state, settle }: Entry) =>
      settle !== null || state === "sent" || kept.has(operation.key);
    this.#replace(this.#entries.filter(isMine));
    this.#client.refresh();
  }

  #release(entry: Entry, isMeant: boolean): void {
    if (entry.state !== "held" || !this.#entries.includes(entry)) return;
    entry.state = "waiting";
    if (isMeant) {
      this.#keep(entry.operation);
      this.#send();
    } else this.#refuse(entry, UNDONE);
  }

  /** Keeps what is meant. What may still be taken back here, no other tab may send. */
  #keep(operation: Operation): void {
    if (this.#inbox) this.#queue.put(this.#inbox, operation);
  }

  /** Sends what may be sent now: what concerns the same items goes one after the other. */
  #send(): void {
    if (this.#timer !== undefined || !this.#listening) return;
    for (const [place, entry] of this.#entries.entries()) {
      if (entry.state !== "waiting" || entry.confirmedAt !== null) continue;
      const isBefore = (other: Entry) =>
        other.state !== "held" &&
        other.confirmedAt === null &&
        overlap(other.operation, entry.operation);
      if (this.#entries.slice(0, place).some(isBefore)) continue;
      void this.#ask(entry, this.#ways.ask);
      // After a failure one goes ahead: the others follow once the server has answered it.
      if (this.#failures > 0) return;
    }
  }

  async #ask(entry: Entry, ask: Ask): Promise<void> {
    const { command, args, at } = entry.operation;
    entry.state = "sent";
    if (at < Date.now() - LIFETIME) {
      this.#refuse(entry, EXPIRED);
      return;
    }
    // The base changes and the operation ends in one step, so that they are drawn as one.
    const confirming: Apply = (view, frame) => {
      this.#confirm(entry, frame.rev);
      return apply(view, frame);
    };
    const { frame, error } = await ask(command, args, confirming);
    if (frame) this.#confirm(entry, frame.rev);
    if (error && this.#entries.includes(entry)) {
      if (error.temporary) this.#postpone(entry, error);
      else this.#refuse(entry, error);
    }
    this.#client.refresh();
    this.#send();
  }

  #confirm(entry: Entry, rev: number): void {
    if (entry.confirmedAt !== null) return;
    entry.confirmedAt = rev;
    this.#failures = 0;
    if (this.#inbox) this.#queue.remove(this.#inbox, entry.operation.key);
    entry.settle?.({ ok: true });
  }

  #postpone(entry: Entry, problem: Problem): void {
    entry.state = "waiting";
    if (!this.#listening) entry.settle?.(failed(problem));
    if (this.#timer !== undefined || !this.#listening) return;
    const { retry = 0 } = problem;
    const wait = fullJitter(this.#failures);
    this.#allowedAt = Date.now() + retry * 1000;
    this.#failures += 1;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#send();
      },
      Math.max(wait, retry * 1000),
    );
  }

  /** Undoes one operation, and leaves everything else as it is. */
  #refuse(entry: Entry, problem: Problem): void {
    this.#replace(this.#entries.filter((other) => other !== entry));
    if (this.#inbox) this.#queue.remove(this.#inbox, entry.operation.key);
    if (entry.settle) entry.settle(failed(problem));
    else this.#client.report(problem);
    if (problem.code === "other_inbox") {
      this.#client.forget();
      void this.#client.sync();
    }
    this.#client.refresh();
  }

  /** The page goes: sends what has waited, in requests that outlast it. */
  #leave(): void {
    for (const entry of this.#entries) {
      if (entry.state === "held") this.#keep(entry.operation);
      if (entry.state !== "sent") void this.#ask(entry, this.#ways.askByHttp);
    }
  }
}
