/** Which of a browser's tabs tells the person about arrivals. */

import type { ClientState } from "../client/state";

/** Whether it is this tab that shows, says and plays what arrives. */
export function speaks(state: ClientState & { readonly speaks?: boolean }): boolean {
  return state.speaks ?? !document.hidden;
}
