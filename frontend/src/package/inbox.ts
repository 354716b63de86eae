/** What the bindings for React and Vue share: a client held for as long as somebody shows it. */

import type { NotifyClient } from "../client/client";
import { createActing } from "../client/inbox-acting";
import { type Address, acquire, release } from "../client/registry";
import type { ClientState } from "../client/state";

/** The client of an inbox and its state; both null before the first effect and on a server. */
export interface Inbox {
  readonly client: NotifyClient | null;
  readonly state: ClientState | null;
}

export const NO_INBOX: Inbox = Object.freeze({ client: null, state: null });

/**
 * Holds the client of an address, which is shared with all that shows the same inbox.
 *
 * Calls `changed` at once and after each change, until the returned function is called.
 */
export function hold(address: Address, changed: (inbox: Inbox) => void): () => void {
  const holder = {};
  const client = acquire(address, holder, async () => createActing);
  client.equip(createActing);
  const tell = () => changed({ client, state: client.state });
  client.addEventListener("change", tell);
  tell();
  return () => {
    client.removeEventListener("change", tell);
    release(client, holder);
  };
}

/** Tells addresses apart by what identifies an inbox: functions may be other ones at each call. */
export function identity({ user, apiUrl, wsUrl }: Address): string {
  return JSON.stringify([user, apiUrl, typeof wsUrl === "string" ? wsUrl : ""]);
}
