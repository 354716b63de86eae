/** A WebSocket that comes back, unless it was told to stay away. */

import { BACKOFF, type Backoff, between, fullJitter } from "./backoff";
import { watchPage } from "./page-lifecycle";
import { Close, isFinal, SUBPROTOCOL } from "./protocol";
import type { Transport, TransportListener, TransportStatus } from "./transport";

export interface SocketOptions {
  readonly url: string;
  readonly backoff?: Backoff;
  /** How long the handshake may take, in milliseconds. */
  readonly connectTimeout?: number;
  /** How long a connection must have answered before its failures are forgiven. */
  readonly stableAfter?: number;
  /** What a heartbeat may be late. */
  readonly grace?: number;
  readonly WebSocket?: typeof WebSocket;
  readonly random?: () => number;
  readonly now?: () => number;
}

/** Spreads the browsers that all see the network come back in the same instant. */
const WAKE_SPREAD = 250;
/** A line that spoke this recently needs no proof. */
const FRESH = 5_000;
/** No hint of the server keeps us away longer than this. */
const LONGEST_HINT = 300_000;

export class ReconnectingSocket implements Transport {
  readonly #options: Required<SocketOptions>;
  #listener: TransportListener | null = null;
  #socket: WebSocket | null = null;
  #status: TransportStatus = "idle";
  #reason: number | null = null;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #liveness: ReturnType<typeof setTimeout> | undefined;
  #answeredAt: number | null = null;
  #heardAt = 0;
  #bye: { code: number; retry: readonly [number, number] | undefined } | null = null;
  #unwatch: () => void = () => {};

  constructor(options: SocketOptions) {
    this.#options = {
      backoff: BACKOFF,
      connectTimeout: 10_000,
      stableAfter: 5_000,
      grace: 10_000,
      WebSocket: globalThis.WebSocket,
      random: Math.random,
      now: Date.now,
      ...options,
    };
  }

  get status(): TransportStatus {
    return this.#status;
  }

  get reason(): number | null {
    return this.#reason;
  }

  start(listener: TransportListener): void {
    if (this.#listener && this.#status !== "closed") return;
    this.#unwatch();
    this.#listener = listener;
    this.#attempt = 0;
    this.#unwatch = watchPage({
      woke: () => this.#wake(),
      wentOffline: () => this.#goOffline(),
      wentAway: () => this.#suspend(),
    });
    this.#connect();
  }

  stop(): void {
    if (!this.#listener) return;
    this.#drop();
    this.#setStatus("idle");
    this.#end();
  }

  send(text: string): boolean {
    if (this.#status !== "open" || !this.#socket) return false;
    this.#socket.send(text);
    return true;
  }

  reset(): void {
    if (!this.#socket) return;
    this.#drop();
    this.#retry();
  }

  expectEvery(seconds: number): void {
    clearTimeout(this.#liveness);
    const limit = seconds * 1000 + this.#options.grace;
    // Frames only note the time: a timer for each of them would cost more than the frame.
    const look = () => {
      const silence = this.#options.now() - this.#heardAt;
      if (silence >= limit) this.reset();
      else this.#liveness = setTimeout(look, limit - silence);
    };
    this.#liveness = setTimeout(look, limit);
  }

  onBye(code: number, retry?: readonly [number, number]): void {
    this.#bye = { code, retry };
  }

  #connect(): void {
    const { WebSocket, url, connectTimeout, now } = this.#options;
    clearTimeout(this.#timer);
    this.#reason = null;
    this.#bye = null;
    this.#answeredAt = null;
    this.#setStatus("connecting");
    let socket: WebSocket;
    try {
      socket = new WebSocket(absolute(url), SUBPROTOCOL);
    } catch {
      this.#retry();
      return;
    }
    this.#socket = socket;
    this.#timer = setTimeout(() => this.reset(), connectTimeout);
    // A socket that has been superseded may still speak: nobody listens to it any more.
    const current = () => this.#socket === socket;
    socket.onopen = () => {
      if (!current()) return;
      clearTimeout(this.#timer);
      this.#heardAt = now();
      this.#setStatus("open");
      this.#listener?.opened();
    };
    socket.onmessage = (event) => {
      if (!current() || typeof event.data !== "string") return;
      this.#heardAt = now();
      this.#answeredAt ??= this.#heardAt;
      this.#listener?.received(event.data);
    };
    socket.onclose = (event) => current() && this.#closed(event.code);
  }

  #closed(code: number): void {
    // The server's own word counts where a proxy replaced the close code.
    const reason = code >= 4000 ? code : (this.#bye?.code ?? code);
    this.#drop();
    if (!isFinal(reason)) {
      this.#retry();
      return;
    }
    this.#reason = reason;
    this.#setStatus("closed");
    // Who signed in again elsewhere finds out by looking at the page: then it is asked once more.
    if (reason !== Close.NotSignedIn) this.#end();
  }

  /** Waits, then connects. Failures are only forgiven after a stretch of answers. */
  #retry(): void {
    const { random, backoff, stableAfter, now } = this.#options;
    if (this.#answeredAt !== null && now() - this.#answeredAt >= stableAfter) this.#attempt = 0;
    const hint = this.#bye?.retry;
    const wait = hint
      ? Math.min(LONGEST_HINT, between(hint[0], hint[1], random) * 1000)
      : fullJitter(this.#attempt, random, backoff);
    this.#attempt += 1;
    this.#connectIn(wait);
  }

  #connectIn(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#setStatus(navigator.onLine ? "waiting" : "offline");
  }

  #wake(): void {
    const { random, now } = this.#options;
    if (this.#status === "open") {
      if (now() - this.#heardAt > FRESH) this.#listener?.woke();
    } else if (this.#status !== "connecting") {
      this.#attempt = 0;
      this.#connectIn(random() * WAKE_SPREAD);
    }
  }

  #goOffline(): void {
    if (this.#status === "waiting") this.#setStatus("offline");
    else this.reset();
  }

  #suspend(): void {
    if (this.#status === "idle" || this.#status === "closed") return;
    this.#drop();
    this.#setStatus("waiting");
  }

  /** Lets go of the socket without waiting for it: a dead line would never tell. */
  #drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#liveness);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.close();
    this.#listener?.lost();
  }

  #end(): void {
    this.#unwatch();
    this.#listener = null;
  }

  #setStatus(status: TransportStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#listener?.statusChanged();
  }
}

/** Browsers older than 2024 refuse a relative address and the http scheme here. */
function absolute(url: string): string {
  return new URL(url, location.href).href.replace(/^http/, "ws");
}
