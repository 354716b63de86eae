/** An element that shows something of the inbox and gets the page's client from another bundle. */

import type { NotifyClient } from "../client/client";
import { localeOf } from "./time";

/** What `notify-bell.js` exports for other elements. */
export interface ClientModule {
  acquireFor(element: HTMLElement): NotifyClient;
  release(client: NotifyClient, holder: object): void;
}

let load = (url: string): Promise<ClientModule> => import(/* @vite-ignore */ url);

/** Loads the client some other way than by `bell-url`: a bundler's `() => import(...)`. */
export function loadClientBy(loader: typeof load): void {
  load = loader;
}

export abstract class ClientElement extends HTMLElement {
  static readonly observedAttributes = ["ws-url", "api-url", "socket", "user"];

  #client: NotifyClient | null = null;
  #attached = new AbortController();

  /** Listens to the client until the signal. The client may be another one next time. */
  protected abstract attach(client: NotifyClient, signal: AbortSignal): void;

  connectedCallback(): void {
    this.#attached = new AbortController();
    this.#acquire(this.#attached.signal).catch((error) => console.warn(error));
  }

  disconnectedCallback(): void {
    this.#attached.abort();
    this.#client = null;
  }

  attributeChangedCallback(_name: string, old: string | null, value: string | null): void {
    if (!this.#client || old === value) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }

  /** The client, shared with the bells of the page; null until it is loaded. */
  get client(): NotifyClient | null {
    return this.#client;
  }

  protected get inboxUrl(): string {
    return this.getAttribute("inbox-url") ?? "/notifications/";
  }

  protected get locale(): string {
    return localeOf(this);
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const url = this.getAttribute("bell-url") ?? new URL("notify-bell.js", import.meta.url).href;
    const { acquireFor, release } = await load(url);
    if (signal.aborted) return;
    const client = acquireFor(this);
    signal.addEventListener("abort", () => release(client, this));
    this.#client = client;
    this.attach(client, signal);
  }
}
