/**
 * The inbox of one user, kept in step with the server.
 *
 * It knows neither sockets nor elements: a transport carries its frames, the store holds what
 * they mean, and whoever shows it listens for `change`.
 */

import { CatchUp } from "./catch-up";
import { type ClientEvents, TypedEventTarget } from "./client-events";
import type { HttpApi } from "./http";
import { type Args, type Command, type Frame, isHeartbeat, parse } from "./protocol";
import { type Answer, Requests, type Result, TIMEOUT } from "./requests";
import { type ClientState, derive, same } from "./state";
import { apply, applyPage, EMPTY, type View } from "./store";
import type { Transport, TransportListener } from "./transport";

export interface ClientOptions {
  readonly transport: Transport;
  readonly http: HttpApi;
  /** What the page already knows, shown until the first answer. */
  readonly unread?: number;
  /** How long an answer may take, in milliseconds. */
  readonly timeout?: number;
  readonly random?: () => number;
}

/** A page that is always older than the view is not asked for without end. */
const PAGE_TRIES = 5;

export class NotifyClient extends TypedEventTarget<ClientEvents> {
  readonly #transport: Transport;
  readonly #http: HttpApi;
  readonly #requests: Requests;
  readonly #catchUp: CatchUp;
  readonly #initialUnread: number;
  readonly #listener: TransportListener;
  #view: View = EMPTY;
  #state: ClientState;
  /** The server has answered hello on this line. */
  #greeted = false;
  /** The highest rev anybody told of. */
  #ahead = 0;
  #loading: Promise<Result> | null = null;

  constructor(options: ClientOptions) {
    super();
    this.#transport = options.transport;
    this.#http = options.http;
    this.#catchUp = new CatchUp(
      () => this.#ask("sync", this.#since()),
      () => this.#greeted && this.#isBehind(),
      options.random ?? Math.random,
    );
    this.#initialUnread = options.unread ?? 0;
    this.#requests = new Requests((text) => this.#send(text), options.timeout ?? 10_000);
    this.#state = derive(this.#view, this.#transport, this.#greeted, this.#initialUnread);
    this.#listener = {
      opened: () => void this.#hello(),
      received: (text) => this.#receive(text),
      lost: () => this.#lost(),
      woke: () => void this.#catchUp.run(),
      statusChanged: () => this.#refresh(),
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

  markRead(ids: readonly number[]): Promise<Result> {
    return this.#perform("read", { ids });
  }

  markUnread(ids: readonly number[]): Promise<Result> {
    return this.#perform("unread", { ids });
  }

  /** Marks what is here now: whatever arrives meanwhile stays unread. */
  markAllRead(): Promise<Result> {
    return this.#perform("read", { upto: this.#view.rev ?? 0 });
  }

  /** Notes that everything that is here now has been looked at. */
  markSeen(): Promise<Result> {
    return this.#perform("seen", { upto: this.#view.rev ?? 0 });
  }

  archive(ids: readonly number[]): Promise<Result> {
    return this.#perform("archive", { ids });
  }

  unarchive(ids: readonly number[]): Promise<Result> {
    return this.#perform("unarchive", { ids });
  }

  delete(ids: readonly number[]): Promise<Result> {
    return this.#perform("delete", { ids });
  }

  /** Puts items away until a moment, when they arrive again. */
  snooze(ids: readonly number[], until: Date | string): Promise<Result> {
    return this.#perform("snooze", { ids, until });
  }

  /** Hears of every event of a type, or of those about one target, such as "blog.post:42". */
  subscribe(key: string, target?: string): Promise<Result> {
    return this.#perform("subscribe", { key, target });
  }

  unsubscribe(key: string, target?: string): Promise<Result> {
    return this.#perform("unsubscribe", { key, target });
  }

  /** Extends the list downwards by one page. */
  loadMore(): Promise<Result> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Asks what changed. */
  async sync(): Promise<Result> {
    return result(await this.#catchUp.run());
  }

  async #perform(command: Command, args: Args): Promise<Result> {
    return result(await this.#ask(command, args));
  }

  #since(): Args {
    const { rev } = this.#view;
    return rev === null ? {} : { since: rev };
  }

  #isBehind(): boolean {
    return this.#view.rev !== null && this.#view.rev < this.#ahead;
  }

  async #load(): Promise<Result> {
    let answer: Answer = { ok: true };
    for (let tries = 0; tries < PAGE_TRIES && answer.ok; tries += 1) {
      const before = this.#view.next;
      if (before === null) break;
      answer = await this.#ask("page", { before });
      // Still at the same cursor, it was older than the view: the next answer will not be.
      if (this.#view.next !== before) break;
    }
    return result(answer);
  }

  /** Over the line while there is one, else over HTTP: the commands and the answers are the same. */
  async #ask(command: Command, args: Args): Promise<Answer> {
    if (!this.#greeted) {
      const answer = await this.#http.ask(command, args);
      if (answer.frame) this.#take(answer.frame, command, args);
      return answer;
    }
    const answer = await this.#requests.ask(command, args);
    // An open line that does not answer is broken, whatever it says.
    if (answer.error === TIMEOUT) this.#transport.reset();
    return answer;
  }

  async #hello(): Promise<void> {
    const answer = await this.#requests.ask("hello", this.#since());
    if (answer.error && answer.error.code !== "disconnected") this.#transport.reset();
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
    } else if (frame.id === undefined && isHeartbeat(frame)) {
      this.#send(JSON.stringify({ rev: frame.rev }));
    }
    this.#take(frame, request?.command, request?.args);
    request?.settle({ ok: true, frame });
  }

  /** Frames are taken the moment they come: their order is their meaning. */
  #take(frame: Frame, command?: Command, args?: Args): void {
    // A page that was asked for before a reset continues a list that is no more.
    if (command === "page" && args?.before !== this.#view.next) return;
    const before = this.#view;
    const { view, outcome } = command === "page" ? applyPage(before, frame) : apply(before, frame);
    this.#view = view;
    this.#ahead = frame.reset ? frame.rev : Math.max(this.#ahead, frame.rev);
    this.#refresh();
    if (command !== "page") this.#announce(before);
    const asks = outcome === "sync" || (command === "hello" && this.#isBehind());
    // A line that is up but not greeted is about to tell everything anyway.
    if (asks && (this.#greeted || this.#transport.status !== "open")) void this.#catchUp.run();
  }

  /** What arrived is what came after the rev that was known. */
  #announce(before: View): void {
    const known = before.rev;
    if (known === null || this.#view === before) return;
    const items = this.#view.items.filter((item) => item.seq > known && !item.read);
    if (items.length > 0) this.emit("arrive", { items });
  }

  #lost(): void {
    this.#greeted = false;
    this.#catchUp.stop();
    this.#requests.abandon();
  }

  #refresh(): void {
    const state = derive(this.#view, this.#transport, this.#greeted, this.#initialUnread);
    if (same(state, this.#state)) return;
    this.#state = state;
    this.emit("change", state);
  }
}

function result(answer: Answer): Result {
  return answer.error ? { ok: answer.ok, error: answer.error } : { ok: answer.ok };
}
