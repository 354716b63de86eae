/**
 * One client for each user and address, whoever asks for it.
 *
 * Bundles are self-contained files, so two of them on a page are two copies of this module; the
 * clients they share are found under a symbol that is the same in both.
 */

import { NotifyClient } from "./client";
import { HttpApi } from "./http";
import { ReconnectingSocket } from "./socket";

export interface Address {
  readonly wsUrl: string;
  readonly apiUrl: string;
  /** Whose inbox: another user is another client, so nothing leaks from one login to the next. */
  readonly user: string;
  /** What the page already knows. */
  readonly unread?: number;
}

interface Entry {
  readonly client: NotifyClient;
  readonly holders: Set<object>;
}

type Registry = Map<string, Entry>;

export function registry(): Registry {
  const host = globalThis as { [name: symbol]: Registry | undefined };
  const name = Symbol.for("realtime-notify");
  host[name] ??= new Map();
  return host[name];
}

/** The connected client for this address, held until the holder releases it. */
export function acquire(address: Address, holder: object): NotifyClient {
  const { wsUrl, apiUrl, user, unread = 0 } = address;
  const clients = registry();
  const key = JSON.stringify([user, wsUrl, apiUrl]);
  let entry = clients.get(key);
  if (!entry) {
    const transport = new ReconnectingSocket({ url: wsUrl });
    const http = new HttpApi({ url: apiUrl });
    entry = { client: new NotifyClient({ transport, http, unread }), holders: new Set() };
    clients.set(key, entry);
  }
  entry.holders.add(holder);
  entry.client.connect();
  return entry.client;
}

/** Lets go of a client; with its last holder it disconnects. */
export function release(client: NotifyClient, holder: object): void {
  for (const [key, entry] of registry()) {
    if (entry.client !== client) continue;
    entry.holders.delete(holder);
    // An element that is merely moved in the page is back before this runs.
    queueMicrotask(() => {
      if (entry.holders.size > 0 || registry().get(key) !== entry) return;
      registry().delete(key);
      client.disconnect();
    });
  }
}
