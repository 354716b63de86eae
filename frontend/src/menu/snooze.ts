/** The moments to snooze until, in the time of the person who looks. */

import type { MenuMessages } from "./menu-messages";

const EVENING = 18;
const MORNING = 8;
const MONDAY = 1;

export type SnoozeName = Extract<keyof MenuMessages, `snooze${string}`>;

/** Returns the moments that lie ahead, each once, with its name. A day's hour is that of the clock. */
export function snoozeTimes(now: Date): readonly (readonly [SnoozeName, Date])[] {
  const at = (days: number, hour: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const hour = new Date(now.getTime() + 3_600_000);
  const evening = at(0, EVENING);
  const toMonday = (MONDAY + 7 - now.getDay()) % 7 || 7;
  const times: [SnoozeName, Date][] = [
    ["snoozeHour", hour],
    ["snoozeEvening", evening],
    ["snoozeTomorrow", at(1, MORNING)],
    ["snoozeWeek", at(toMonday, MORNING)],
  ];
  const isNeeded = ([name]: (typeof times)[number]) =>
    (name !== "snoozeEvening" || evening > hour) &&
    // On a Sunday, tomorrow is next week.
    (name !== "snoozeWeek" || toMonday > 1);
  return times.filter(isNeeded);
}
