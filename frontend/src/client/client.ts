/**
 * The inbox of one user, kept in step with the server.
 *
 * It knows neither sockets nor elements: a transport carries its frames, the store applies them,
 * and views listen for `change`. What a person does goes to the acting part (acting.ts).
 */

import { polls, type Transport, type TransportListener } from "../connection/transport";
import { type Args, Close, type Command, type Frame, isHeartbeat, parse } from "../wire/protocol";
import type { Acting, Apply, CreateActing, Receiving } from "./acting";
import { arrivals } from "./arrivals";
import { CatchUp } from "./catch-up";
import type { ClientOptions } from "./client-options";
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
import { type ClientState, derive, type Knowledge, same } from "./state";
import { apply, EMPTY, type View } from "./store";
import { isQueued } from "./stored-queue";
import { Verbs } from "./verbs";

/** Spreads out browsers that all ask because the server has lost touch with its database. */
const STALE_SPREAD = 5_000;

export class NotifyClient extends Verbs {
  readonly #transport: Transport;
  readonly #options: ClientOptions;
  #acting: Acting | null = null;
  /** Counts connections, to tell whether one is still there after a wait. */
  #opened = 0;
  readonly #requests: Requests;
  readonly #catchUp: CatchUp;
  readonly #listener: TransportListener;
  #view: View = EMPTY;
  #state: ClientState;
  readonly #known: Knowledge;
  /** Whose inbox the last connection was for. */
  #inbox: string | undefined;
  /** The highest rev that any frame has mentioned. */
  #announcedRev = 0;

  constructor(options: ClientOptions) {
    super();
    this.#transport = options.transport;
    this.#options = options;
    this.#catchUp = new CatchUp(
      () => this.#sync(),
      () => this.#known.greeted && this.#isBehind(),
    );
    this.#known = { greeted: false, stale: false, signedOut: false, unread: options.unread ?? 0 };
    this.#requests = new Requests((text) => this.#send(text));
    this.#state = this.#derive();
    this.#listener = {
      onOpen: () => void this.#hello(),
      onMessage: (text) => this.#receive(text),
      onLost: () => this.#lost(),
      onWake: () => void this.#catchUp.run(),
      onStatusChange: () => {
        if (this.#transport.reason === Close.NotSignedIn) this.#forget(true);
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
    if (isQueued(this.#options.queue)) void this.equipped().catch(() => {});
  }

  disconnect(): void {
    this.#transport.stop();
    this.#acting?.stop();
  }

  /** Gives the client its acting part, which it would else load when it first needs it. */
  equip(create: CreateActing): void {
    if (this.#acting) return;
    this.#acting = create(this.#receiving(), this.#options.http);
    this.#refresh();
  }

  /** Asks the server for everything that changed since the current rev. */
  async sync(): Promise<Result> {
    return result(await this.#catchUp.run());
  }

  protected get rev(): number {
    return this.#view.rev ?? 0;
  }

  #since(): Args {
    const { rev, inbox } = this.#view;
    if (rev === null) return {};
    return inbox === null ? { since: rev } : { since: rev, inbox };
  }

  #isBehind(): boolean {
    return this.#view.rev === null || this.#view.rev < this.#announcedRev;
  }

  protected async equipped(): Promise<Acting> {
    if (!this.#acting) this.equip(await this.#options.loadActing());
    return this.#acting as unknown as Acting;
  }

  /** Acts, at once if the acting part is there. If it cannot be loaded, that is the result. */
  protected async act<Kind extends Result>(
    use: (acting: Acting) => Promise<Kind>,
  ): Promise<Kind | Answer> {
    try {
      return await use(this.#acting ?? (await this.equipped()));
    } catch {
      return failed(UNREACHABLE);
    }
  }

  #receiving(): Receiving {
    return {
      view: () => this.#view,
      queue: this.#options.queue,
      polls: () => polls(this.#transport),
      greeted: () => this.#known.greeted,
      request: (...request) => this.#request(...request),
      take: (...taken) => this.#take(...taken),
      sync: () => this.sync(),
      forget: (signedOut) => this.#forget(signedOut),
      report: (problem) => this.emit("error", problem),
      doubt: (stale) => {
        this.#known.stale = stale;
        this.#refresh();
      },
      refresh: () => this.#refresh(),
    };
  }

  #sync(): Promise<Answer> {
    const since = this.#since();
    return this.#known.greeted
      ? this.#request("sync", since)
      : this.act((acting) => acting.ask("sync", since));
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
    const { http, ticket = http.headers && (async () => (await this.equipped()).ticket()) } =
      this.#options;
    let args = this.#since();
    if (leads && ticket) {
      const shown = await ticket().catch(() => null);
      if (opened !== this.#opened) return;
      if (shown === null) return this.#transport.reset();
      args = { ...this.#since(), ticket: shown };
    }
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
      if (request) request.settle(failed(frame.error));
      else if (frame.id == null) this.emit("error", frame.error);
      return;
    }
    // Another tab has asked. What changed concerns this one too; a list that is not its own does not.
    if (frame.id && !request && (frame.reset || frame.unread === undefined)) return;
    const greets = request !== undefined && !this.#known.greeted;
    if (greets) {
      this.#known.greeted = true;
      this.#known.stale = false;
    } else if (isHeartbeat(frame)) {
      if (this.#transport.leads) this.#send(text);
      this.#known.stale = frame.age !== undefined;
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
      this.#known.signedOut = false;
      this.#known.unread = 0;
    }
    this.#announcedRev = frame.reset ? frame.rev : Math.max(this.#announcedRev, frame.rev);
    this.#acting?.follow(frame, before);
    this.#refresh();
    const items = arrivals(before, view);
    if (items[0]) this.emit("arrive", { items });
    const asks = outcome === "sync" || (isHello && this.#isBehind());
    // On an open connection without a reply to hello, that reply will bring the changes.
    if (asks && (this.#known.greeted || this.#transport.status !== "open"))
      void this.#catchUp.run();
  }

  /** Shows nothing: what was shown is of an account that is not signed in any more. */
  #forget(signedOut = false): void {
    this.#known.signedOut ||= signedOut;
    this.#view = EMPTY;
    this.#known.unread = 0;
    this.#refresh();
  }

  #lost(): void {
    this.#known.greeted = false;
    this.#known.stale = false;
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
    return derive(shown, this.#transport, this.#known);
  }
}
