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
import { ReconnectingSocket, type SocketUrl } from "./socket";
import { TabLock } from "./tab-lock";
import { polls, type Transport, type TransportListener, type TransportStatus } from "./transport";

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

/** How the connection is. A tab that leads has a later term than those that led before. */
interface News {
  readonly term: number;
  readonly status: TransportStatus;
  readonly reason: number | null;
}

/** `join` from a new tab, `wake` when somebody came back to one, `alive` just to get an answer. */
type Question = "join" | "wake" | "alive";

type Message =
  /** From a follower. */
  | { readonly ask: Question }
  /** From a follower, for the server. */
  | { readonly term: number; readonly send: string }
  /** From the leader, and before it from the server. */
  | { readonly term: number; readonly received: string }
  /** From the leader. */
  | News;

export class SharedSocket implements Transport {
  readonly #key: string;
  readonly #socket: ReconnectingSocket;
  readonly #lead = new TabLock(() => this.#leadChanged());
  readonly #speech = new TabLock(() => this.#listener?.onStatusChange());
  #listener: TransportListener | null = null;
  /** What the tabs call their channel and their locks. */
  #name: string;
  /** Null while the tab takes no part: it has not begun, has ended, or is put away. */
  #channel: BroadcastChannel | null = null;
  #news: News = { term: 0, status: "idle", reason: null };
  #unanswered = 0;
  #asking: ReturnType<typeof setInterval> | undefined;
  #returning: ReturnType<typeof setTimeout> | undefined;
  #unwatch: () => void = () => {};

  /** Tabs with the same key share. */
  constructor(key: string, url: SocketUrl) {
    this.#key = `realtime-notify/${VERSION} ${key}`;
    this.#name = this.#key;
    this.#socket = new ReconnectingSocket(url);
  }

  get leads(): boolean {
    return this.#lead.held;
  }

  get speaks(): boolean {
    return this.#speech.held;
  }

  /** Of the leader too, `open` once the server has greeted: others may use the connection then. */
  get status(): TransportStatus {
    return this.#news.status;
  }

  get reason(): number | null {
    return this.#news.reason;
  }

  start(listener: TransportListener): void {
    if (this.#listener) {
      if (this.status === "closed") this.#ask("join");
      return;
    }
    this.#listener = listener;
    this.#unwatch = watchPageLifecycle({
      onWake: () => this.#wake(),
      onFreeze: () => this.#part("waiting"),
      onFocus: () => this.#speak(true),
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
    const sends = this.status === "open";
    if (sends) this.#post({ send: text });
    return sends;
  }

  /** A follower only steps aside for a while: the connection may well be of use to the others. */
  reset(seconds?: number): void {
    if (this.leads) this.#socket.reset(seconds);
    else {
      this.#set({ status: "waiting" });
      this.#returnIn((seconds ?? 1) * 1000, () => this.#ask("wake"));
    }
  }

  onGreeted(ping: number): void {
    if (this.leads) {
      this.#socket.onGreeted(ping);
      this.#tell("open");
    }
    this.#speakIfFocused();
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
    this.#set({ status: "connecting" });
    this.#lead.wait(this.#name);
    this.#speak(false);
    this.#ask("join");
    this.#asking = setInterval(() => this.#checkLeader(), ASK_EVERY);
  }

  #part(status: TransportStatus): void {
    clearInterval(this.#asking);
    clearTimeout(this.#returning);
    this.#lead.leave();
    this.#speech.leave();
    this.#channel?.close();
    this.#channel = null;
    this.#socket.stop();
    this.#set({ status });
  }

  #wake(): void {
    if (!this.#channel) this.#join();
    else if (!this.leads) {
      this.#ask("wake");
      if (this.status === "polling") this.#listener?.onWake();
    }
  }

  /** Speaks when nobody else does, or `now`, in place of whoever does. */
  #speak(now: boolean): void {
    this.#speech.wait(`${this.#name} speech`, now);
  }

  /** Takes the word for a tab that somebody looks at, once it is told what arrives. */
  #speakIfFocused(): void {
    if (!this.speaks && document.hasFocus()) this.#speak(true);
  }

  #leadChanged(): void {
    clearTimeout(this.#returning);
    this.#socket.stop();
    this.#set({ status: "connecting" });
    if (this.leads) {
      this.#set({ term: Math.max(Date.now(), this.#news.term + 1) });
      this.#socket.start(this.#relay);
    } else this.#ask("alive");
  }

  #set(news: Partial<News>): void {
    const before = this.status;
    this.#news = { ...this.#news, reason: null, ...news };
    if (before === this.status) return;
    if (before === "open") this.#listener?.onLost();
    this.#listener?.onStatusChange();
    if (this.status === "open" && !this.leads) this.#listener?.onOpen();
    if (polls(this)) this.#speakIfFocused();
  }

  #post(message: object): void {
    this.#channel?.postMessage({ term: this.#news.term, ...message });
  }

  #ask(question: Question): void {
    if (this.leads) this.#answer(question);
    else this.#post({ ask: question });
  }

  #receive(message: Message): void {
    if ("ask" in message) {
      if (this.leads) this.#answer(message.ask);
      return;
    }
    // From a leader that does not know yet that it has lost the lock, or to it.
    if (message.term < this.#news.term) return;
    const isOpen = this.status === "open";
    if ("send" in message) {
      if (this.leads && isOpen) this.#socket.send(message.send);
    } else if (this.leads) {
      // Also from such a leader, as it was told of by others.
    } else if ("status" in message) this.#follow(message);
    else if (isOpen) this.#listener?.onMessage(message.received);
  }

  // As the leader.

  readonly #relay: TransportListener = {
    onOpen: () => this.#listener?.onOpen(),
    onMessage: (text) => {
      this.#listener?.onMessage(text);
      if (this.status === "open") this.#post({ received: text });
    },
    onLost: () => this.#listener?.onLost(),
    onWake: () => this.#listener?.onWake(),
    onStatusChange: () => {
      const { status } = this.#socket;
      if (this.leads) this.#tell(status === "open" ? "connecting" : status);
    },
  };

  #tell(status: TransportStatus): void {
    this.#set({ status, reason: this.#socket.reason });
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
    else if (++this.#unanswered > PATIENCE) {
      this.#unanswered = 0;
      this.#lead.wait(this.#name, true);
    } else this.#ask("alive");
  }

  #follow(news: News): void {
    this.#unanswered = 0;
    const returns = news.status === "open" && this.status !== "open";
    const wait = returns && document.hidden ? Math.random() * HIDDEN_SPREAD : 0;
    this.#returnIn(wait, () => this.#set(news));
  }

  #returnIn(wait: number, how: () => void): void {
    clearTimeout(this.#returning);
    if (wait) this.#returning = setTimeout(how, wait);
    else how();
  }
}
