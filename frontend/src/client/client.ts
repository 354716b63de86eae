/**
 * The inbox of one user, kept in step with the server.
 *
 * It knows neither sockets nor elements: a transport carries its frames, the store applies them,
 * and views listen for `change`. What a person does goes to the acting part (acting.ts).
 */

import type { Transport, TransportListener } from "../connection/transport";
import { type Args, Close, type Command, type Frame, isHeartbeat, parse } from "../wire/protocol";
import type { Acting, Apply, CreateActing, Receiving } from "./acting";
import { CatchUp } from "./catch-up";
import type { FilteredList } from "./filtered-list";
import type { Filter } from "./filters";
import type { HttpOptions } from "./http";
import type { OptOut, Preferences } from "./preferences";
import {
  type Answer,
  DISCONNECTED,
  failed,
  Requests,
  type Result,
  result,
  TIMEOUT,
  UNREACHABLE,
} from "./requests";
import { type ClientState, derive, same } from "./state";
import { apply, EMPTY, type View } from "./store";
import { isQueued } from "./stored-queue";
import { Verbs } from "./verbs";

export interface ClientOptions {
  readonly transport: Transport;
  readonly http: HttpOptions;
  /** Loads the acting part when it is first needed. */
  readonly loadActing: () => Promise<CreateActing>;
  /** The name under which operations are kept until the server has confirmed them. */
  readonly queue: string;
  /** Gets a ticket for each connection. With `headers`, the server is asked for one by default. */
  readonly ticket?: () => Promise<string>;
  /** The count that the page was rendered with, shown until the first reply. */
  readonly unread?: number;
  /** How long a reply may take, in milliseconds. */
  readonly timeout?: number;
  readonly random?: () => number;
}

/** Spreads out browsers that all ask because the server has lost touch with its database. */
const STALE_SPREAD = 5_000;

export class NotifyClient extends Verbs {
  readonly #transport: Transport;
  readonly #http: HttpOptions;
  readonly #loadActing: () => Promise<CreateActing>;
  readonly #queue: string;
  readonly #ticket: (() => Promise<string>) | undefined;
  #acting: Acting | null = null;
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
  /** Whose inbox the last connection was for. */
  #inbox: string | undefined;
  /** The count that the page was rendered with, until the first reply. */
  #initialUnread: number;
  /** The highest rev that any frame has mentioned. */
  #announcedRev = 0;

  constructor(options: ClientOptions) {
    super();
    this.#transport = options.transport;
    this.#http = options.http;
    this.#loadActing = options.loadActing;
    this.#queue = options.queue;
    this.#ticket =
      options.ticket ?? (this.#http.headers && (async () => (await this.#equipped()).ticket()));
    this.#catchUp = new CatchUp(
      () => this.#sync(),
      () => this.#greeted && this.#isBehind(),
      options.random ?? Math.random,
    );
    this.#initialUnread = options.unread ?? 0;
    this.#requests = new Requests((text) => this.#send(text), options.timeout ?? 10_000);
    this.#state = this.#derive();
    this.#listener = {
      onOpen: () => void this.#hello(),
      onMessage: (text) => this.#receive(text),
      onLost: () => this.#lost(),
      onWake: () => void this.#catchUp.run(),
      onStatusChange: () => {
        if (this.#transport.reason === Close.NotSignedIn) this.#signOut();
        else this.#refresh();
        // The acting part goes on asking, and is loaded for it.
        if (polls(this.#transport)) void this.#catchUp.run();
      },
    };
  }

  get state(): ClientState {
    return this.#state;
  }

  connect(): void {
    this.#transport.start(this.#listener);
    // What was done on the page before is shown, and sent, at once.
    if (isQueued(this.#queue)) void this.#equipped().catch(() => {});
  }

  disconnect(): void {
    this.#transport.stop();
    this.#acting?.stop();
  }

  /** Gives the client its acting part, which it would else load when it first needs it. */
  equip(create: CreateActing): void {
    if (this.#acting) return;
    this.#acting = create(this.#receiving(), this.#http);
    this.#refresh();
  }

  /** Loads the next page of older items. */
  loadMore(): Promise<Result> {
    return this.#act((acting) => acting.loadMore());
  }

  /** Returns a list beside the inbox, such as the archive. Close it when it is shown no more. */
  async list(filter: Filter): Promise<FilteredList> {
    return (await this.#equipped()).list(filter);
  }

  /**
   * Returns what the person has chosen to be told of; null if the server does not say.
   *
   * @param change - is saved first
   */
  async preferences(change?: OptOut): Promise<Preferences | null> {
    return (await this.#equipped()).preferences(change);
  }

  /** Asks the server for everything that changed since the current rev. */
  async sync(): Promise<Result> {
    return result(await this.#catchUp.run());
  }

  protected perform(command: Command, args: Args, confirmed?: Promise<boolean>): Promise<Result> {
    return this.#act((acting) => acting.perform(command, args, confirmed));
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

  async #equipped(): Promise<Acting> {
    if (!this.#acting) this.equip(await this.#loadActing());
    return this.#acting as unknown as Acting;
  }

  /** Acts, at once if the acting part is there. If it cannot be loaded, that is the result. */
  async #act<Kind extends Result>(use: (acting: Acting) => Promise<Kind>): Promise<Kind | Answer> {
    try {
      return await use(this.#acting ?? (await this.#equipped()));
    } catch {
      return failed(UNREACHABLE);
    }
  }

  #receiving(): Receiving {
    const client = this;
    return {
      get view() {
        return client.#view;
      },
      queue: this.#queue,
      get polls() {
        return polls(client.#transport);
      },
      get greeted() {
        return client.#greeted;
      },
      request: (...request) => this.#request(...request),
      apply,
      take: (...taken) => this.#take(...taken),
      sync: () => this.sync(),
      signOut: () => this.#signOut(),
      forget: () => this.#forget(),
      report: (problem) => this.emit("error", problem),
      doubt: (stale) => this.#doubt(stale),
      refresh: () => this.#refresh(),
    };
  }

  #sync(): Promise<Answer> {
    const since = this.#since();
    return this.#greeted
      ? this.#request("sync", since)
      : this.#act((acting) => acting.ask("sync", since));
  }

  async #request(command: Command, args: Args, apply?: Apply): Promise<Answer> {
    const answer = await this.#requests.ask(command, args, apply);
    // An open connection that does not reply is broken.
    if (answer.error === TIMEOUT) this.#transport.reset();
    return answer;
  }

  /**
   * Says hello on a new connection, with a ticket if the socket cannot say who opens it.
   *
   * Where another tab has said it, the connection needs no second one, which a crowded server
   * might even answer by closing it for all: a sync brings the same.
   */
  async #hello(): Promise<void> {
    const { leads } = this.#transport;
    this.#opened += 1;
    const opened = this.#opened;
    let shown: Args = {};
    if (this.#ticket && leads) {
      const ticket = await this.#ticket().catch(() => null);
      if (opened !== this.#opened) return;
      if (ticket === null) return this.#transport.reset();
      shown = { ticket };
    }
    const args = { ...this.#since(), ...shown };
    const { error } = await this.#requests.ask(leads ? "hello" : "sync", args);
    if (error && error !== DISCONNECTED) this.#transport.reset(error.retry);
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
      else if (frame.id == null) this.emit("error", frame.error);
      return;
    }
    // Another tab has asked. What changed concerns this one too; a list that is not its own does not.
    if (frame.id && !request && (frame.reset || frame.unread === undefined)) return;
    const greets = request !== undefined && !this.#greeted;
    if (greets) {
      this.#greeted = true;
      this.#stale = false;
    } else if (isHeartbeat(frame)) {
      if (this.#transport.leads) this.#send(text);
      this.#stale = frame.age !== undefined;
    }
    this.#take(frame, request?.apply, greets);
    if (frame.age !== undefined) this.#catchUp.runWithin(STALE_SPREAD);
    if (greets) this.#greetedBy(frame);
    request?.settle({ ok: true, frame });
    if (request?.command === "hello") this.#acting?.resume();
  }

  #greetedBy({ inbox, ping = 0 }: Frame): void {
    const before = this.#inbox;
    this.#inbox = inbox;
    // Somebody else has signed in: this tab is not one of those that its `user` names any more.
    if (before && inbox && before !== inbox) this.#transport.regroup(inbox);
    else this.#transport.onGreeted(ping);
  }

  /** Applies a frame as soon as it arrives: the order of frames matters. */
  #take(frame: Frame, change: Apply = apply, isHello = false): void {
    const before = this.#view;
    const { view, outcome } = change(before, frame);
    this.#view = view;
    if (view.rev !== null) {
      this.#signedOut = false;
      this.#initialUnread = 0;
    }
    this.#announcedRev = frame.reset ? frame.rev : Math.max(this.#announcedRev, frame.rev);
    this.#acting?.follow(frame, before);
    this.#refresh();
    this.#announce(before);
    const asks = outcome === "sync" || (isHello && this.#isBehind());
    // On an open connection without a reply to hello, that reply will bring the changes.
    if (asks && (this.#greeted || this.#transport.status !== "open")) void this.#catchUp.run();
  }

  /** Emits `arrive` for the unread items that arrived after the rev of the previous view. */
  #announce(before: View): void {
    const { rev, inbox } = before;
    // A page does not move the rev: what is new in it comes with the changes as well.
    if (rev === null || this.#view.rev === rev || this.#view.inbox !== inbox) return;
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

  #doubt(stale: boolean): void {
    this.#stale = stale;
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
    const shown = this.#acting?.rebase(this.#view) ?? { view: this.#view, pending: 0 };
    return derive(shown, this.#transport, {
      greeted: this.#greeted,
      stale: this.#stale,
      signedOut: this.#signedOut,
      unread: this.#initialUnread,
    });
  }
}

/** Whether news comes by asking: there is no socket, and nobody has been signed out. */
function polls({ status, reason }: Transport): boolean {
  return status === "polling" || (status === "closed" && reason !== Close.NotSignedIn);
}
