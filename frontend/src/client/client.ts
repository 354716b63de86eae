/**
 * The inbox of one user, kept in step with the server.
 *
 * It knows neither sockets nor elements: a transport carries its frames, the store applies them,
 * and views listen for `change`.
 */

import type { Transport, TransportListener } from "../connection/transport";
import { type Args, Close, type Command, type Frame, isHeartbeat, parse } from "../wire/protocol";
import { CatchUp } from "./catch-up";
import type { HttpApi } from "./http";
import { type Answer, Requests, type Result, TIMEOUT } from "./requests";
import { type ClientState, derive, same } from "./state";
import { apply, applyPage, EMPTY, type View } from "./store";
import { Verbs } from "./verbs";

export interface ClientOptions {
  readonly transport: Transport;
  readonly http: HttpApi;
  /** Gets a ticket for each connection, if the socket cannot say who opens it. */
  readonly ticket?: () => Promise<string>;
  /** The count that the page was rendered with, shown until the first reply. */
  readonly unread?: number;
  /** How long a reply may take, in milliseconds. */
  readonly timeout?: number;
  readonly random?: () => number;
}

/** How often to ask for a page that keeps arriving older than the view. */
const PAGE_TRIES = 5;
/** Spreads out browsers that all ask because the server has lost touch with its database. */
const STALE_SPREAD = 5_000;

export class NotifyClient extends Verbs {
  readonly #transport: Transport;
  readonly #http: HttpApi;
  readonly #ticket: (() => Promise<string>) | undefined;
  /** Counts connections, to tell whether one is still there after a wait. */
  #opened = 0;
  readonly #requests: Requests;
  readonly #catchUp: CatchUp;
  readonly #listener: TransportListener;
  #view: View = EMPTY;
  #state: ClientState;
  /** Whether the server has answered hello on this connection. */
  #greeted = false;
  /** Whether the server cannot promise now that nothing is missing. */
  #stale = false;
  #signedOut = false;
  /** The count that the page was rendered with, until the first reply. */
  #initialUnread: number;
  /** The highest rev that any frame has mentioned. */
  #announcedRev = 0;
  #loading: Promise<Result> | null = null;

  constructor(options: ClientOptions) {
    super();
    this.#transport = options.transport;
    this.#http = options.http;
    this.#ticket = options.ticket;
    this.#catchUp = new CatchUp(
      () => this.#ask("sync", this.#since()),
      () => this.#greeted && this.#isBehind(),
      options.random ?? Math.random,
    );
    this.#initialUnread = options.unread ?? 0;
    this.#requests = new Requests((text) => this.#send(text), options.timeout ?? 10_000);
    this.#state = this.#derive();
    this.#listener = {
      onOpen: () => this.#open(),
      onMessage: (text) => this.#receive(text),
      onLost: () => this.#lost(),
      onWake: () => void this.#catchUp.run(),
      onStatusChange: () => {
        if (this.#transport.reason === Close.NotSignedIn) this.#signOut();
        else this.#refresh();
      },
    };
  }

  get state(): ClientState {
    return this.#state;
  }

  connect(): void {
    this.#transport.start(this.#listener);
  }

  disconnect(): void {
    this.#transport.stop();
  }

  /** Loads the next page of older items. */
  loadMore(): Promise<Result> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Asks the server for everything that changed since the current rev. */
  async sync(): Promise<Result> {
    return result(await this.#catchUp.run());
  }

  protected async perform(command: Command, args: Args): Promise<Result> {
    return result(await this.#ask(command, args));
  }

  protected get rev(): number | null {
    return this.#view.rev;
  }

  #since(): Args {
    const { rev, inbox } = this.#view;
    if (rev === null) return {};
    return inbox === null ? { since: rev } : { since: rev, inbox };
  }

  #isBehind(): boolean {
    return this.#view.rev === null || this.#view.rev < this.#announcedRev;
  }

  async #load(): Promise<Result> {
    let answer: Answer = { ok: true };
    for (let tries = 0; tries < PAGE_TRIES && answer.ok; tries += 1) {
      const before = this.#view.next;
      if (before === null) break;
      answer = await this.#ask("page", { before });
      // An unmoved cursor means that the page was older than the view and has been dropped.
      if (this.#view.next !== before) break;
    }
    return result(answer);
  }

  /** Asks over the socket while it is open, else over HTTP: commands and replies are the same. */
  async #ask(command: Command, args: Args): Promise<Answer> {
    if (!this.#greeted) return this.#askByHttp(command, args);
    const answer = await this.#requests.ask(command, args);
    // An open connection that does not reply is broken.
    if (answer.error === TIMEOUT) this.#transport.reset();
    return answer;
  }

  /** Says whose inbox is meant: HTTP goes by the cookie, which may be another account's by now. */
  async #askByHttp(command: Command, args: Args): Promise<Answer> {
    const { inbox } = this.#view;
    const answer = await this.#http.ask(command, inbox === null ? args : { ...args, inbox });
    // What the socket has brought meanwhile is newer, and may be about another account.
    if (this.#greeted || this.#view.inbox !== inbox) return answer;
    if (answer.frame) this.#take(answer.frame, command, args);
    if (answer.error?.code === "not_signed_in") this.#signOut();
    if (answer.error?.code === "other_inbox") {
      this.#forget();
      void this.#catchUp.run();
    }
    return answer;
  }

  /** Says hello on a new connection, with a ticket if the socket cannot say who opens it. */
  #open(): void {
    this.#opened += 1;
    if (this.#ticket) void this.#helloWith(this.#ticket, this.#opened);
    else void this.#hello();
  }

  async #helloWith(get: () => Promise<string>, opened: number): Promise<void> {
    const ticket = await get().catch(() => null);
    if (opened !== this.#opened || this.#transport.status !== "open") return;
    if (ticket === null) this.#transport.reset();
    else await this.#hello({ ticket });
  }

  async #hello(shown: Args = {}): Promise<void> {
    const answer = await this.#requests.ask("hello", { ...this.#since(), ...shown });
    const { error } = answer;
    if (error && error.code !== "disconnected") this.#transport.reset(error.retry);
  }

  #send(text: string): boolean {
    const sent = this.#transport.send(text);
    if (sent) this.emit("frame", { direction: "out", text });
    return sent;
  }

  #receive(text: string): void {
    this.emit("frame", { direction: "in", text });
    const frame = parse(text);
    if (frame === null) return;
    if ("bye" in frame) {
      this.#transport.onBye(frame.bye.code, frame.bye.retry);
      return;
    }
    const request = this.#requests.take(frame.id);
    if ("error" in frame) {
      if (request) request.settle({ ok: false, error: frame.error });
      else this.emit("error", frame.error);
      return;
    }
    if (request?.command === "hello") {
      this.#greeted = true;
      if (frame.ping) this.#transport.expectEvery(frame.ping);
    } else if (isHeartbeat(frame)) {
      this.#send(text);
      this.#stale = frame.age !== undefined;
    }
    this.#take(frame, request?.command, request?.args);
    if (frame.age !== undefined) this.#catchUp.runWithin(STALE_SPREAD);
    request?.settle({ ok: true, frame });
  }

  /** Applies a frame as soon as it arrives: the order of frames matters. */
  #take(frame: Frame, command?: Command, args?: Args): void {
    // A page requested before a reset continues a list that no longer exists.
    if (command === "page" && args?.before !== this.#view.next) return;
    const before = this.#view;
    const { view, outcome } = command === "page" ? applyPage(before, frame) : apply(before, frame);
    this.#view = view;
    if (view.rev !== null) {
      this.#signedOut = false;
      this.#initialUnread = 0;
    }
    this.#announcedRev = frame.reset ? frame.rev : Math.max(this.#announcedRev, frame.rev);
    this.#refresh();
    if (command !== "page") this.#announce(before);
    const asks = outcome === "sync" || (command === "hello" && this.#isBehind());
    // On an open connection without a reply to hello, that reply will bring the changes.
    if (asks && (this.#greeted || this.#transport.status !== "open")) void this.#catchUp.run();
  }

  /** Emits `arrive` for the unread items that arrived after the rev of the previous view. */
  #announce(before: View): void {
    const { rev, inbox } = before;
    if (rev === null || this.#view === before || this.#view.inbox !== inbox) return;
    const items = this.#view.items.filter((item) => item.seq > rev && !item.read);
    if (items.length > 0) this.emit("arrive", { items });
  }

  #signOut(): void {
    this.#signedOut = true;
    this.#forget();
  }

  /** Shows nothing: what was shown is of an account that is not signed in any more. */
  #forget(): void {
    this.#view = EMPTY;
    this.#initialUnread = 0;
    this.#refresh();
  }

  #lost(): void {
    this.#greeted = false;
    this.#stale = false;
    this.#catchUp.stop();
    this.#requests.abandon();
  }

  #refresh(): void {
    const state = this.#derive();
    if (same(state, this.#state)) return;
    this.#state = state;
    this.emit("change", state);
  }

  #derive(): ClientState {
    return derive(this.#view, this.#transport, {
      greeted: this.#greeted,
      stale: this.#stale,
      signedOut: this.#signedOut,
      unread: this.#initialUnread,
    });
  }
}

function result(answer: Answer): Result {
  return answer.error ? { ok: answer.ok, error: answer.error } : { ok: answer.ok };
}
