/** What is new between two views of an inbox. */

import type { Item } from "../wire/protocol";
import type { View } from "./store";

/**
 * The unread items that arrived between the revs of two views; none if the first knew nothing.
 *
 * An answer may hold items that are newer than its rev. They have arrived once the rev says so.
 */
export function arrivals(before: View, { rev, inbox, items }: View): readonly Item[] {
  const since = before.rev;
  if (since === null || rev === null || inbox !== before.inbox) return [];
  return items.filter(({ seq, read }) => seq > since && seq <= rev && !read);
}
