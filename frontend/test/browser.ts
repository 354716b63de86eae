/**
 * A browser with several tabs, on one clock.
 *
 * Each tab runs the client in globals of its own, so that it can be killed, frozen or stuck without
 * the others. What browsers share among tabs is written here as it is specified: Web Locks, and
 * BroadcastChannel, whose messages arrive later and in order.
 */

import { join } from "node:path";
import * as esbuild from "esbuild";
import type { NotifyClient } from "../src/client/client";
import type * as Api from "../src/client/index";
import type { Address } from "../src/client/registry";
import type { Item } from "../src/wire/protocol";
import type { Server } from "./server";

const [bundle] = esbuild.buildSync({
  entryPoints: [join(__dirname, "../src/client/index.ts")],
  bundle: true,
  write: false,
  format: "iife",
  globalName: "api",
}).outputFiles;
const CODE = `${bundle?.text}; return api;`;

interface Task {
  readonly at: number;
  readonly order: number;
  readonly tab: Tab | null;
  readonly run: () => void;
  cancelled: boolean;
}

export class Browser {
  now = 1_800_000_000_000;
  readonly tabs: Tab[] = [];
  readonly locks = new Locks(this);
  readonly channels = new Set<Channel>();
  readonly server: Server;
  readonly random: () => number;
  #tasks: Task[] = [];
  #order = 0;

  constructor(server: Server, random = Math.random) {
    this.server = server;
    this.random = random;
    server.browser = this;
  }

  /** Opens a tab with a page of this user. */
  open(options: TabOptions = {}): Tab {
    const tab = new Tab(this, options);
    this.tabs.push(tab);
    return tab;
  }

  /** Does something after so many milliseconds, in a tab or outside of all. */
  later(tab: Tab | null, wait: number, run: () => void): Task {
    this.#order += 1;
    const task = { at: this.now + wait, order: this.#order, tab, run, cancelled: false };
    this.#tasks.push(task);
    return task;
  }

  /** Lets time pass. */
  async run(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await new Promise(setImmediate);
      const next = this.#next(end);
      if (!next) break;
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }

  #next(end: number): Task | undefined {
    this.#tasks = this.#tasks.filter((task) => !task.cancelled && !task.tab?.gone);
    const due = this.#tasks.filter((task) => task.at <= end && !task.tab?.stuck);
    const [first] = due.sort((a, b) => a.at - b.at || a.order - b.order);
    this.#tasks = this.#tasks.filter((task) => task !== first);
    return first;
  }
}

export interface TabOptions {
  readonly user?: string;
  readonly hidden?: boolean;
  readonly address?: Partial<Address>;
  /** Replaces some of what the browser offers. */
  readonly globals?: Readonly<Record<string, unknown>>;
  /** Changes the script, as a deployment does. */
  readonly edit?: (code: string) => string;
}

/** A page. Listeners of its window and of its document are on one target: the names differ. */
export class Tab extends EventTarget {
  readonly browser: Browser;
  readonly client: NotifyClient;
  /** The items that arrived, in this order. */
  readonly arrivals: Item[] = [];
  /** The ids of those that arrived while this tab spoke. */
  readonly told: number[] = [];
  hidden: boolean;
  stuck = false;
  gone = false;

  constructor(browser: Browser, options: TabOptions) {
    super();
    const { user = "7", hidden = false, address, edit = (code) => code } = options;
    this.browser = browser;
    this.hidden = hidden;
    const globals: Record<string, unknown> = { ...this.#globals(), ...options.globals };
    globals.globalThis = globals;
    const load = new Function(...Object.keys(globals), edit(CODE));
    const api = load(...Object.values(globals)) as typeof Api;
    this.client = api.connect({ wsUrl: "/ws/", apiUrl: "/api/", user, ...address });
    this.client.addEventListener("arrive", ({ detail }) => {
      const items = [...detail.items].reverse();
      this.arrivals.push(...items);
      if (this.speaks) this.told.push(...items.map(({ id }) => id));
    });
  }

  get arrived(): number[] {
    return this.arrivals.map((one) => one.id);
  }

  get speaks(): boolean {
    return this.client.state.speaks;
  }

  hide(): void {
    this.hidden = true;
    this.dispatchEvent(new Event("visibilitychange"));
  }

  /** Somebody comes to this tab. */
  show(): void {
    this.hidden = false;
    this.dispatchEvent(new Event("visibilitychange"));
    this.dispatchEvent(new Event("focus"));
  }

  /** Stops at once, without a chance to do anything; `stuck = false` goes on. */
  freeze(): void {
    this.dispatchEvent(new Event("freeze"));
    this.stuck = true;
  }

  resume(): void {
    this.stuck = false;
    this.dispatchEvent(new Event("resume"));
  }

  /** Goes into the history cache, where a page may keep neither lock nor socket nor channel. */
  leave(): void {
    this.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
    this.stuck = true;
  }

  comeBack(): void {
    this.stuck = false;
    this.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  }

  /** Closes, crashes or is discarded: that is the same, since nothing is done at the end. */
  kill(): void {
    this.gone = true;
    this.browser.tabs.splice(this.browser.tabs.indexOf(this), 1);
    this.browser.locks.drop(this);
    for (const channel of this.browser.channels) if (channel.tab === this) channel.close();
    this.browser.server.lose(this);
  }

  #globals(): Record<string, unknown> {
    const { browser } = this;
    const tab = this;
    const start =
      (repeat: boolean) =>
      (run: () => void, wait = 0) => {
        const timer = { task: null as Task | null };
        const schedule = () => {
          timer.task = browser.later(this, wait, () => {
            if (repeat) schedule();
            run();
          });
        };
        schedule();
        return timer;
      };
    const clear = (timer?: { task: Task }) => {
      if (timer) timer.task.cancelled = true;
    };
    return {
      Math: Object.create(Math, { random: { value: () => browser.random() } }),
      Date: class extends Date {
        static override now = () => browser.now;
      },
      setTimeout: start(false),
      setInterval: start(true),
      clearTimeout: clear,
      clearInterval: clear,
      addEventListener: this.addEventListener.bind(this),
      document: {
        get hidden() {
          return tab.hidden;
        },
        hasFocus: () => !tab.hidden,
        addEventListener: this.addEventListener.bind(this),
        querySelector: () => null,
        cookie: "",
      },
      location: { href: "https://example.com/" },
      navigator: {
        onLine: true,
        locks: {
          request: (name: string, options: LockOptions, callback: () => unknown) =>
            browser.locks.request(this, name, options, callback),
        },
      },
      BroadcastChannel: class extends Channel {
        constructor(name: string) {
          super(tab, name);
        }
      },
      WebSocket: browser.server.webSocketOf(this),
      fetch: async () => {
        throw new TypeError("Failed to fetch");
      },
    };
  }
}

/** BroadcastChannel. */
class Channel {
  readonly tab: Tab;
  readonly name: string;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  #closed = false;

  constructor(tab: Tab, name: string) {
    this.tab = tab;
    this.name = name;
    tab.browser.channels.add(this);
  }

  postMessage(message: unknown): void {
    if (this.#closed) throw new DOMException("The channel is closed.", "InvalidStateError");
    for (const other of this.tab.browser.channels) {
      if (other === this || other.name !== this.name) continue;
      const data = structuredClone(message);
      this.tab.browser.later(other.tab, 1, () => other.#closed || other.onmessage?.({ data }));
    }
  }

  close(): void {
    this.#closed = true;
    this.tab.browser.channels.delete(this);
  }
}

interface LockRequest {
  readonly tab: Tab;
  readonly callback: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Web Locks, as far as exclusive locks go: a queue, `signal` and `steal`. */
export class Locks {
  readonly #browser: Browser;
  readonly held = new Map<string, LockRequest>();
  readonly waiting = new Map<string, LockRequest[]>();

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  request(tab: Tab, name: string, options: LockOptions, callback: () => unknown): Promise<unknown> {
    const { signal, steal = false } = options;
    return new Promise((resolve, reject) => {
      if (signal && steal) throw new DOMException("signal with steal", "NotSupportedError");
      if (signal?.aborted) throw signal.reason;
      const request = { tab, callback, resolve, reject };
      signal?.addEventListener("abort", () => {
        if (this.#remove(name, (one) => one === request)) reject(signal.reason);
      });
      const queue = this.#queue(name);
      if (steal) {
        const robbed = this.held.get(name);
        const error = new DOMException("Lock broken by another request", "AbortError");
        if (robbed) this.#browser.later(robbed.tab, 1, () => robbed.reject(error));
        this.held.delete(name);
        queue.unshift(request);
      } else queue.push(request);
      this.#grant(name);
    });
  }

  /** Whose page is gone. */
  drop(tab: Tab): void {
    for (const name of this.waiting.keys()) this.#remove(name, (one) => one.tab === tab);
    for (const [name, { tab: holder }] of this.held) if (holder === tab) this.#release(name);
  }

  /** Whether a tab holds a lock or waits for one. */
  knows(tab: Tab): boolean {
    return [...this.held.values(), ...[...this.waiting.values()].flat()].some(
      (one) => one.tab === tab,
    );
  }

  #queue(name: string): LockRequest[] {
    const queue = this.waiting.get(name) ?? [];
    this.waiting.set(name, queue);
    return queue;
  }

  #remove(name: string, which: (request: LockRequest) => boolean): boolean {
    const queue = this.#queue(name);
    this.waiting.set(
      name,
      queue.filter((one) => !which(one)),
    );
    return queue.some(which);
  }

  #release(name: string): void {
    this.held.delete(name);
    this.#grant(name);
  }

  #grant(name: string): void {
    const next = this.held.has(name) ? undefined : this.#queue(name).shift();
    if (!next) return;
    this.held.set(name, next);
    this.#browser.later(next.tab, 1, () => {
      const done = Promise.resolve(next.callback());
      done.then(next.resolve, next.reject).finally(() => {
        if (this.held.get(name) === next) this.#release(name);
      });
    });
  }
}
