/** What a client is made of. */

import type { Transport } from "../connection/transport";
import type { CreateActing } from "./acting";
import type { HttpOptions } from "./http";

export interface ClientOptions {
  readonly transport: Transport;
  readonly http: HttpOptions;
  /** Loads the acting part when it is first needed. */
  readonly loadActing: () => Promise<CreateActing>;
  /** The name under which operations are kept until the server has confirmed them. */
  readonly queue: string;
  /** Gets a ticket for each connection. With `headers`, the server is asked for one by default. */
  readonly ticket?: () => Promise<string>;
  /** The count that the page was rendered with, shown until the first reply. */
  readonly unread?: number;
}
