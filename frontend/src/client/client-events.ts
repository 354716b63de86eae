/** The events of a client, and an EventTarget that knows the types of its events. */

import type { Item, Problem } from "../wire/protocol";
import type { ClientState } from "./state";

/** The items that have just arrived, newest first; not those of the first reply. */
export interface Arrival {
  readonly items: readonly Item[];
}

/** The events of a client, each with the type of its detail. */
export interface ClientEvents {
  change: ClientState;
  /** Something arrived. Whoever tells the person calls `preventDefault()`: nobody tells it twice. */
  arrive: Arrival;
  /** A problem that belongs to no request. */
  error: Problem;
  /** Every frame sent or received, for debugging. */
  frame: { readonly direction: "in" | "out"; readonly text: string };
}

/** An EventTarget whose event names and details are typed. */
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
    this.#target.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
  }
}
