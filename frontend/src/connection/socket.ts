/**
 * A WebSocket that reconnects, unless the server's close code forbids it.
 *
 * Where none can be had, because the server or a proxy does not let one through, it tries rarely:
 * each failure is a line in the browser's console.
 */

import { Close, isFinal, SUBPROTOCOL } from "../wire/protocol";
import { between, fullJitter } from "./backoff";
import { watchPageLifecycle } from "./page-lifecycle";
import type { Transport, TransportListener, TransportStatus } from "./transport";

/**
 * The address of the socket, or a function that is asked for it whenever a connection is opened; ""
 * for no socket at all.
 */
export type SocketUrl = string | (() => string);

/** How long the handshake may take, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;
/** How long a connection must have worked before the backoff starts over, in milliseconds. */
const STABLE_AFTER = 5_000;
/** How late a heartbeat may be, in milliseconds. */
const GRACE = 10_000;
/** Spreads out browsers whose network returns in the same instant. */
const WAKE_SPREAD = 250;
/** A connection that received something this recently needs no check. */
const FRESH = 5_000;
/** The longest wait that the server may ask for, in milliseconds. */
const LONGEST_HINT = 300_000;
/** After so many failures in a row there is no socket to be had. */
const FAILURES = 5;
/** After so many, if there has been one. */
const FAILURES_LATER = 20;
/** How long to wait between handshakes then, in milliseconds, and up to a fifth longer. */
const RARELY = 300_000;
/** How long if somebody looks at the page. */
const RARELY_WOKEN = 60_000;

export class ReconnectingSocket implements Transport {
  readonly #url: SocketUrl;
  #listener: TransportListener | null = null;
  #socket: WebSocket | null = null;
  #status: TransportStatus = "idle";
  #reason: number | null = null;
  #attempt = 0;
  /** Handshakes in a row that led to nothing. */
  #failures = 0;
  #hasWorked = false;
  #triedAt = 0;
  /** When the server allows the next attempt. */
  #allowedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #liveness: ReturnType<typeof setTimeout> | undefined;
  #answeredAt: number | null = null;
  #receivedAt = 0;
  #bye: { code: number; retry: readonly [number, number] | undefined } | null = null;
  #unwatch: () => void = () => {};

  constructor(url: SocketUrl) {
    this.#url = url;
  }

  get leads(): boolean {
    return true;
  }

  /** Of tabs that know nothing of each other, those that can be seen. */
  get speaks(): boolean {
    return !document.hidden;
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
    this.#unwatch = watchPageLifecycle({
      onWake: () => this.wake(),
      onOffline: () => this.#goOffline(),
      onFreeze: () => this.#suspend(),
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

  reset(seconds = 0): void {
    if (!this.#socket) return;
    this.#drop();
    this.#allowedAt = Math.max(this.#allowedAt, Date.now() + seconds * 1000);
    this.#retry();
  }

  onGreeted(ping: number): void {
    clearTimeout(this.#liveness);
    if (!ping) return;
    const limit = ping * 1000 + GRACE;
    // A frame only records the time: a timer for each would cost more than the frame itself.
    const check = () => {
      const silence = Date.now() - this.#receivedAt;
      if (silence >= limit) this.reset();
      else this.#liveness = setTimeout(check, limit - silence);
    };
    this.#liveness = setTimeout(check, limit);
  }

  onBye(code: number, retry?: readonly [number, number]): void {
    this.#bye = { code, retry };
  }

  regroup(): void {}

  /** Somebody is back: checks a connection that was silent, or tries to get one now. */
  wake(): void {
    if (this.#status === "open") {
      if (Date.now() - this.#receivedAt > FRESH) this.#listener?.onWake();
      return;
    }
    const soon = this.#isBlocked ? this.#triedAt + RARELY_WOKEN - Date.now() : 0;
    if (this.#listener && !this.#socket) {
      this.#attempt = 0;
      this.#connectIn(Math.max(soon, Math.random() * WAKE_SPREAD));
    }
    if (this.#status === "polling") this.#listener?.onWake();
  }

  get #isBlocked(): boolean {
    const most = this.#hasWorked ? FAILURES_LATER : FAILURES;
    return !this.#url || this.#failures >= most;
  }

  #connect(): void {
    const url = this.#url;
    clearTimeout(this.#timer);
    this.#reason = null;
    this.#bye = null;
    this.#answeredAt = null;
    this.#triedAt = Date.now();
    this.#setStatus(this.#isBlocked ? "polling" : "connecting");
    if (!url) return;
    let socket: WebSocket;
    try {
      socket = new WebSocket(absolute(typeof url === "function" ? url() : url), SUBPROTOCOL);
    } catch {
      this.#retry();
      return;
    }
    this.#socket = socket;
    this.#timer = setTimeout(() => this.reset(), CONNECT_TIMEOUT);
    // A socket that has been replaced may still fire events, which no longer count.
    const current = () => this.#socket === socket;
    socket.onopen = () => {
      if (!current()) return;
      clearTimeout(this.#timer);
      this.#receivedAt = Date.now();
      this.#setStatus("open");
      this.#listener?.onOpen();
    };
    socket.onmessage = (event) => {
      if (!current() || typeof event.data !== "string") return;
      this.#receivedAt = Date.now();
      this.#answeredAt ??= this.#receivedAt;
      this.#listener?.onMessage(event.data);
    };
    socket.onclose = (event) => current() && this.#closed(event.code);
  }

  #closed(code: number): void {
    // A proxy may replace the close code; the bye frame then still holds the server's own.
    const reason = code >= 4000 ? code : (this.#bye?.code ?? code);
    this.#drop();
    if (!isFinal(reason)) {
      this.#retry();
      return;
    }
    this.#reason = reason;
    this.#setStatus("closed");
    // The user may sign in again in another tab: keep listening, to try again on the next wake.
    if (reason !== Close.NotSignedIn) this.#end();
  }

  /** Waits, then connects. The backoff starts over only after a connection that worked. */
  #retry(): void {
    if (this.#answeredAt !== null) {
      this.#hasWorked = true;
      this.#failures = 0;
      if (Date.now() - this.#answeredAt >= STABLE_AFTER) this.#attempt = 0;
    } else if (navigator.onLine) {
      this.#failures += 1;
    }
    const hint = this.#bye?.retry;
    if (hint) {
      this.#allowedAt = Date.now() + Math.min(LONGEST_HINT, between(...hint) * 1000);
    }
    const wait = this.#isBlocked ? between(1, 1.2) * RARELY : fullJitter(this.#attempt);
    this.#connectIn(hint ? 0 : wait);
    this.#attempt += 1;
  }

  #connectIn(wait: number): void {
    clearTimeout(this.#timer);
    const atLeast = this.#allowedAt - Date.now();
    this.#timer = setTimeout(() => this.#connect(), Math.max(wait, atLeast));
    const waiting = this.#isBlocked ? "polling" : "waiting";
    this.#setStatus(navigator.onLine ? waiting : "offline");
  }

  #goOffline(): void {
    if (this.#status === "waiting" || this.#status === "polling") this.#setStatus("offline");
    else this.reset();
  }

  #suspend(): void {
    if (this.#status === "idle" || this.#status === "closed") return;
    this.#drop();
    this.#setStatus("waiting");
  }

  /** Abandons the socket without waiting for its close event, which may never come. */
  #drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#liveness);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.close();
    this.#listener?.onLost();
  }

  #end(): void {
    this.#unwatch();
    this.#listener = null;
  }

  #setStatus(status: TransportStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#listener?.onStatusChange();
  }
}

/** WebSocket accepts relative and http URLs only in browsers from 2024 on. */
function absolute(url: string): string {
  return new URL(url, location.href).href.replace(/^http/, "ws");
}
