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

/** An EventTarget that knows the names and the details of its events. */
interface TypedEvents<Details> {
  addEventListener<Name extends keyof Details & string>(
    name: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
    options?: AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof Details & string>(
    name: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
  ): void;
  dispatchEvent(event: CustomEvent<Details[keyof Details]>): boolean;
}

const Typed = EventTarget as unknown as new <Details extends object>() => TypedEvents<Details>;

/** An EventTarget whose event names and details are typed. */
export class TypedEventTarget<Details extends object> extends Typed<Details> {
  protected emit<Name extends keyof Details & string>(name: Name, detail: Details[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));
  }
}
