/**
 * One socket for all tabs of a browser that show the same inbox.
 *
 * A Web Lock elects the leader, which has the socket. Over a BroadcastChannel it tells its
 * followers how the connection is and what the server sends, and takes what they send. To a client
 * a takeover is a reconnect: it asks what changed since its rev, so nothing is lost. Frames are
 * not looked at here; a client knows the replies to its own requests by their ids.
 *
 * The leader may be hidden. A hidden tab's timers are throttled, down to one a minute, but not
 * its messages: those of the socket, and those of other tabs. So nothing here depends on a timer
 * of the leader. Visible followers ask whether it is there, and wake its socket when somebody
 * comes back to them. A leader that does not answer is frozen or stuck, and loses the lock.
 */

import { watchPageLifecycle } from "./page-lifecycle";
import { ReconnectingSocket, type SocketOptions } from "./socket";
import { TabLock } from "./tab-lock";
import type { Transport, TransportListener, TransportStatus } from "./transport";

/**
 * How tabs talk to each other. It is part of the names of lock and channel, so that tabs with
 * another version of this script, from before or after a deployment, share among themselves.
 */
const VERSION = 1;
/** How often a visible follower asks whether the leader is there, in milliseconds. */
const ASK_EVERY = 3_000;
/** How many questions the leader may leave unanswered. */
const PATIENCE = 3;
/** Spreads out hidden tabs, which all ask what changed when a connection is there again. */
const HIDDEN_SPREAD = 5_000;

/** What the leader tells about the connection. Of two leaders, the one with the later term leads. */
interface News {
  readonly term: number;
  readonly status: TransportStatus;
  readonly reason: number | null;
}

/** `join` from a new tab, `wake` when somebody came back to one, `alive` just to get an answer. */
type Question = "join" | "wake" | "alive";

type Message =
  | News
  /** From the server, to all tabs. */
  | { readonly term: number; readonly received: string }
  /** From a follower, to the server. */
  | { readonly term: number; readonly send: string }
  | { readonly ask: Question };

export class SharedSocket implements Transport {
  readonly #key: string;
  readonly #random: () => number;
  readonly #socket: ReconnectingSocket;
  #listener: TransportListener | null = null;
  /** What the tabs that share call their lock and channel. */
  #name: string;
  /** Null while the tab takes no part: it has not begun, has ended, or is frozen. */
  #channel: BroadcastChannel | null = null;
  #lead: TabLock | null = null;
  #speech: TabLock | null = null;
  /** What the leader has told last; of a leader, what it has told itself. */
  #news: News = { term: 0, status: "idle", reason: null };
  #status: TransportStatus = "idle";
  #reason: number | null = null;
  /** Whether the server has greeted the leader, so that others may use its connection. */
  #greeted = false;
  #unanswered = 0;
  #asking: ReturnType<typeof setInterval> | undefined;
  #adopting: ReturnType<typeof setTimeout> | undefined;
  #unwatch: () => void = () => {};

  /** Tabs with the same key share. */
  constructor(key: string, options: SocketOptions) {
    this.#key = `realtime-notify/${VERSION} ${key}`;
    this.#name = this.#key;
    this.#random = options.random ?? Math.random;
    this.#socket = new ReconnectingSocket(options);
  }

  get leads(): boolean {
    return this.#lead?.held ?? false;
  }

  get speaks(): boolean {
    return this.#speech?.held ?? false;
  }

  get status(): TransportStatus {
    return this.#status;
  }

  get reason(): number | null {
    return this.#reason;
  }

  start(listener: TransportListener): void {
    if (this.#listener) {
      if (this.#status === "closed") this.#ask("join");
      return;
    }
    this.#listener = listener;
    this.#unwatch = watchPageLifecycle({
      onWake: () => this.#wake(),
      onOffline: () => {},
      onFreeze: () => this.#part("waiting"),
      onFocus: () => this.#speech?.wait(true),
    });
    this.#join();
  }

  stop(): void {
    this.#unwatch();
    this.#part("idle");
    this.#listener = null;
  }

  send(text: string): boolean {
    if (this.leads) return this.#socket.send(text);
    if (this.#status !== "open") return false;
    this.#post({ term: this.#news.term, send: text });
    return true;
  }

  /** A follower steps aside and comes back: the connection may well be of use to the others. */
  reset(seconds?: number): void {
    if (this.leads) {
      this.#socket.reset(seconds);
      return;
    }
    this.#set("waiting");
    this.#ask("wake");
    this.#adoptIn((seconds ?? 1) * 1000);
  }

  onGreeted(ping: number): void {
    if (!this.leads) return;
    this.#greeted = true;
    this.#socket.onGreeted(ping);
    this.#announce();
  }

  onBye(code: number, retry?: readonly [number, number]): void {
    this.#socket.onBye(code, retry);
  }

  regroup(inbox: string): void {
    this.#part("connecting");
    this.#name = `${this.#key} ${inbox}`;
    this.#join();
  }

  #join(): void {
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#lead = new TabLock(this.#name, () => this.#leadChanged());
    this.#speech = new TabLock(`${this.#name} speech`, () => this.#listener?.onStatusChange());
    this.#news = { ...this.#news, status: "idle" };
    this.#set("connecting");
    this.#lead.wait();
    this.#speech.wait(document.hasFocus());
    this.#ask("join");
    this.#asking = setInterval(() => this.#checkLeader(), ASK_EVERY);
  }

  #part(status: TransportStatus): void {
    clearInterval(this.#asking);
    clearTimeout(this.#adopting);
    this.#lead?.leave();
    this.#speech?.leave();
    this.#channel?.close();
    this.#channel = null;
    this.#socket.stop();
    this.#set(status);
  }

  #wake(): void {
    if (this.#channel) this.#ask("wake");
    else this.#join();
  }

  #leadChanged(): void {
    clearTimeout(this.#adopting);
    if (!this.leads) this.#socket.stop();
    this.#set("connecting");
    if (this.leads) {
      this.#news = { ...this.#news, term: Math.max(Date.now(), this.#news.term + 1) };
      this.#socket.start(this.#relay);
    } else this.#ask("alive");
  }

  #post(message: Message): void {
    this.#channel?.postMessage(message);
  }

  #ask(question: Question): void {
    if (this.leads) this.#answer(question);
    else this.#post({ ask: question });
  }

  #receive(message: Message): void {
    if ("ask" in message) {
      if (this.leads) this.#answer(message.ask);
    } else if ("send" in message) {
      const mine = message.term === this.#news.term;
      if (this.leads && this.#greeted && mine) this.#socket.send(message.send);
    } else if (!this.leads && message.term >= this.#news.term) {
      this.#unanswered = 0;
      if ("status" in message) this.#follow(message);
      else if (this.#status === "open") this.#listener?.onMessage(message.received);
    }
  }

  // As the leader.

  readonly #relay: TransportListener = {
    onOpen: () => this.#listener?.onOpen(),
    onMessage: (text) => {
      this.#listener?.onMessage(text);
      if (this.#greeted) this.#post({ term: this.#news.term, received: text });
    },
    onLost: () => {
      this.#greeted = false;
      if (this.leads) this.#listener?.onLost();
    },
    onWake: () => this.#listener?.onWake(),
    onStatusChange: () => {
      if (!this.leads) return;
      this.#status = this.#socket.status;
      this.#reason = this.#socket.reason;
      this.#listener?.onStatusChange();
      this.#announce();
    },
  };

  #announce(): void {
    const status = this.#status === "open" && !this.#greeted ? "connecting" : this.#status;
    this.#news = { term: this.#news.term, status, reason: this.#reason };
    this.#post(this.#news);
  }

  #answer(question: Question): void {
    // Whoever opens a page may well get in where all others were sent away for good.
    if (question === "join") this.#socket.start(this.#relay);
    if (question !== "alive") this.#socket.wake();
    this.#post(this.#news);
  }

  // As a follower.

  #checkLeader(): void {
    if (this.leads || document.hidden) this.#unanswered = 0;
    else if (this.#unanswered < PATIENCE) {
      this.#unanswered += 1;
      this.#ask("alive");
    } else {
      this.#unanswered = 0;
      this.#lead?.wait(true);
    }
  }

  #follow(news: News): void {
    const { term, status, reason } = this.#news;
    if (news.term === term && news.status === status && news.reason === reason) return;
    this.#news = news;
    if (news.status === "open" && document.hidden) this.#adoptIn(this.#random() * HIDDEN_SPREAD);
    else this.#adopt();
  }

  #adoptIn(wait: number): void {
    clearTimeout(this.#adopting);
    this.#adopting = setTimeout(() => this.#adopt(), wait);
  }

  #adopt(): void {
    clearTimeout(this.#adopting);
    this.#set(this.#news.status, this.#news.reason);
  }

  #set(status: TransportStatus, reason: number | null = null): void {
    const before = this.#status;
    if (before === status) return;
    this.#status = status;
    this.#reason = reason;
    if (before === "open") this.#listener?.onLost();
    this.#listener?.onStatusChange();
    if (status === "open") this.#listener?.onOpen();
  }
}
