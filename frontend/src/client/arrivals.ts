/** What is new between two views of an inbox. */

import type { Item } from "../wire/protocol";
import type { View } from "./store";

/** The unread items that arrived after the rev of the view before; none if that knew nothing. */
export function arrivals(before: View, after: View): readonly Item[] {
  const { rev, inbox } = before;
  // A page does not move the rev: what is new in it comes with the changes as well.
  if (rev === null || after.rev === rev || after.inbox !== inbox) return [];
  return after.items.filter((item) => item.seq > rev && !item.read);
}
