/** An element that shows something of the inbox and gets the page's client from another bundle. */

import type { NotifyClient } from "../client/client";
import type { Address } from "../client/registry";
import { localeOf } from "./time";

/** What the module at `client-url` exports: `notify-bell.js` does, and so does `client.js`. */
export interface ClientModule {
  acquire(address: Address, holder: object): NotifyClient;
  release(client: NotifyClient, holder: object): void;
}

export abstract class ClientElement extends HTMLElement {
  static readonly observedAttributes = ["ws-url", "api-url", "user"];

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
    const beside = () => new URL("notify-bell.js", import.meta.url).href;
    const url = this.getAttribute("client-url") ?? beside();
    const { acquire, release }: ClientModule = await import(/* @vite-ignore */ url);
    if (signal.aborted) return;
    const client = acquire(
      {
        wsUrl: this.getAttribute("ws-url") ?? "/ws/notifications/",
        apiUrl: this.getAttribute("api-url") ?? "/notifications/api/",
        user: this.getAttribute("user") ?? "",
      },
      this,
    );
    signal.addEventListener("abort", () => release(client, this));
    this.#client = client;
    this.attach(client, signal);
  }
}
