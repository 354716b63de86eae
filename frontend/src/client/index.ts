/**
 * The headless client: `client.js`.
 *
 *     import { connect } from "/static/realtime_notify/client.js";
 *     const client = connect({ wsUrl: "/ws/notifications/", apiUrl: "/notifications/api/", user: "7" });
 *     client.addEventListener("change", (event) => console.log(event.detail.unread));
 */

import type { NotifyClient } from "./client";
import { createActing } from "./inbox-acting";
import { type Address, acquire } from "./registry";

export { ReconnectingSocket } from "../connection/socket";
export { Close, isFinal, SUBPROTOCOL } from "../wire/protocol";
export type { Acting, CreateActing, Receiving } from "./acting";
export { NotifyClient } from "./client";
export type { FilteredList } from "./filtered-list";
export type { Filter } from "./filters";
export { type Access, HttpApi } from "./http";
export { createActing } from "./inbox-acting";
export { type Address, acquire, release } from "./registry";

/** Returns the client for this address, shared with the bells on the page; it stays connected. */
export function connect(address: Address): NotifyClient {
  const client = acquire(address, acquire, async () => createActing);
  client.equip(createActing);
  return client;
}
