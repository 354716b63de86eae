/** Which of a browser's tabs tells the person about arrivals. */

import type { ClientState } from "../client/state";

/** Whether it is this tab. Tabs that know nothing of each other are told what to do `otherwise`. */
export function speaks(
  state: ClientState & { readonly speaks?: boolean },
  otherwise = !document.hidden,
): boolean {
  return state.speaks ?? otherwise;
}
