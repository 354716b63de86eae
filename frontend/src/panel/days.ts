/** Which day items came on, as people speak of it. */

import { relativeDay } from "../view/time";
import type { PanelContext } from "./panel-context";

export type Day = "today" | "yesterday" | "earlier";

/**
 * The day of each of these times, in the order of the list. The list is sorted by arrival: what
 * was snoozed comes back on top of what is newer, and then counts as of that day.
 */
export function days(times: readonly number[], now = new Date()): Day[] {
  const today = new Date(now).setHours(0, 0, 0, 0);
  const yesterday = new Date(today).setDate(new Date(today).getDate() - 1);
  let newest = Number.NEGATIVE_INFINITY;
  const found = times.toReversed().map((time) => {
    newest = Math.max(newest, time);
    return newest >= today ? "today" : newest >= yesterday ? "yesterday" : "earlier";
  });
  return found.reverse();
}

export function dayName(day: Day, { translate, locale }: PanelContext): string {
  return day === "earlier" ? translate("earlier") : relativeDay(day === "today" ? 0 : -1, locale);
}
