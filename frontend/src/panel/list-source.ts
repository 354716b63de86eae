/** Where the rows come from. */

import type { Result } from "../client/requests";
import type { ClientState } from "../client/state";

/** A list that is shown instead of the inbox, such as the archived items. */
export interface ListSource extends Pick<ClientState, "items" | "hasMore" | "ready"> {
  loadMore(): Promise<Result>;
}
