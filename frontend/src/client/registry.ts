/**
 * One client for each user and server, shared by everything on the page.
 *
 * Bundles are self-contained, so two of them on a page hold two copies of this module. Both find
 * the shared clients under the same global symbol.
 */

import { SharedSocket } from "../connection/shared-socket";
import { ReconnectingSocket } from "../connection/socket";
import type { Transport } from "../connection/transport";
import type { CreateActing } from "./acting";
import { NotifyClient } from "./client";
import type { Access } from "./http";
import { queueName } from "./stored-queue";

/** Identifies an inbox, by the server's URLs and the user, and says how to get in. */
export interface Address extends Access {
  /** The address of the socket, or a function that is asked for it at each connection. */
  readonly wsUrl: string | (() => string);
  readonly apiUrl: string;
  /** `"off"`: open no socket, and ask over HTTP instead. */
  readonly socket?: string | null;
  /** The user's primary key. Each user has a client, so nothing leaks from one login to the next. */
  readonly user: string;
  /** The count that the page was rendered with. */
  readonly unread?: number;
  /** Gets a ticket for each connection. With `headers`, the server is asked for one by default. */
  readonly ticket?: () => Promise<string>;
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

/**
 * Returns the connected client for this address and keeps it until the holder releases it.
 *
 * `loadActing` is for a client that is made now; one that is there already has its own.
 */
export function acquire(
  address: Address,
  holder: object,
  loadActing: () => Promise<CreateActing>,
): NotifyClient {
  const { wsUrl, apiUrl, socket, user, unread = 0, ticket, ...access } = address;
  const clients = registry();
  const url = socket === "off" ? "" : wsUrl;
  // An element shares a client with such a function by `ws-url=""`.
  const name = socket === "off" ? null : typeof wsUrl === "string" ? wsUrl : "";
  const key = JSON.stringify([user, name, apiUrl]);
  let entry = clients.get(key);
  if (!entry) {
    const client = new NotifyClient({
      transport: transportFor(user, url, key),
      http: { ...access, url: apiUrl },
      loadActing,
      queue: queueName(apiUrl, user),
      unread,
      ...(ticket && { ticket }),
    });
    entry = { client, holders: new Set() };
    clients.set(key, entry);
  }
  entry.holders.add(holder);
  entry.client.connect();
  return entry.client;
}

/** Shares a socket with other tabs, where browsers allow it and it is known whose inbox it is. */
function transportFor(user: string, url: string | (() => string), key: string): Transport {
  if (user && url && navigator.locks) {
    try {
      new BroadcastChannel(key).close();
      return new SharedSocket(key, url);
    } catch {
      // The browser refuses a channel to pages that may store nothing, such as one in a sandbox.
    }
  }
  return new ReconnectingSocket(url);
}

/** Releases a client, which disconnects with its last holder. */
export function release(client: NotifyClient, holder: object): void {
  for (const [key, entry] of registry()) {
    if (entry.client !== client) continue;
    entry.holders.delete(holder);
    // An element that is moved within the page acquires the client again before this runs.
    queueMicrotask(() => {
      if (entry.holders.size > 0 || registry().get(key) !== entry) return;
      registry().delete(key);
      client.disconnect();
    });
  }
}
