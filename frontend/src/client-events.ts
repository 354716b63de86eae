/** Events that are known by name and detail. */

import type { Item, Problem } from "./protocol";
import type { ClientState } from "./state";

/** What a client tells of. */
export interface ClientEvents {
  change: ClientState;
  /** What newly arrived, newest first; never what was there at first sight. */
  arrive: { readonly items: readonly Item[] };
  /** A problem that belongs to no request. */
  error: Problem;
  /** Everything on the wire, for the curious. */
  frame: { readonly direction: "in" | "out"; readonly text: string };
}

/** An EventTarget with a list of what it dispatches. */
export class TypedEventTarget<Details extends object> {
  readonly #target = new EventTarget();

  addEventListener<Name extends keyof Details & string>(
    name: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
    options?: AddEventListenerOptions,
  ): void {
    this.#target.addEventListener(name, listener as EventListener, options);
  }

  removeEventListener<Name extends keyof Details & string>(
    name: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
  ): void {
    this.#target.removeEventListener(name, listener as EventListener);
  }

  protected emit<Name extends keyof Details & string>(name: Name, detail: Details[Name]): void {
    this.#target.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
