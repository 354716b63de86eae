import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { snoozeTimes } from "../src/menu/snooze";

const ZONE = process.env.TZ;

/** Says when one may snooze to, as the clock on the wall reads. */
function read(now: string): Record<string, string> {
  const format = { weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  const text = new Intl.DateTimeFormat("en-GB", { ...format, hour12: false });
  return Object.fromEntries(
    snoozeTimes(new Date(now)).map(([name, until]) => [name.slice(6), text.format(until)]),
  );
}

describe("the moments to snooze until", () => {
  beforeEach(() => {
    process.env.TZ = "Europe/Berlin";
  });
  afterEach(() => {
    process.env.TZ = ZONE;
  });

  it("are an hour from now, this evening, tomorrow morning and next Monday", () => {
    expect(read("2026-01-07T10:15:00Z")).toEqual({
      Hour: "Wed 7, 12:15",
      Evening: "Wed 7, 18:00",
      Tomorrow: "Thu 8, 08:00",
      Week: "Mon 12, 08:00",
    });
  });

  it("leave out an evening that has come", () => {
    expect(Object.keys(read("2026-01-07T16:30:00Z"))).toEqual(["Hour", "Tomorrow", "Week"]);
  });

  it("leave out next week where that is tomorrow", () => {
    expect(Object.keys(read("2026-01-11T10:00:00Z"))).toEqual(["Hour", "Evening", "Tomorrow"]);
  });

  it("take next week for the Monday after, on a Monday", () => {
    expect(read("2026-01-05T06:00:00Z").Week).toBe("Mon 12, 08:00");
  });

  it("are those of the clock where it is put forward in the night", () => {
    // At 2:00 on Sunday, 29 March, it becomes 3:00.
    const times = read("2026-03-28T19:00:00Z");
    expect([times.Tomorrow, times.Week]).toEqual(["Sun 29, 08:00", "Mon 30, 08:00"]);
    expect(read("2026-03-29T00:30:00Z").Hour).toBe("Sun 29, 03:30");
  });

  it("are those of the clock where it is put back in the night", () => {
    const times = read("2026-10-24T19:00:00Z");
    expect([times.Tomorrow, times.Week]).toEqual(["Sun 25, 08:00", "Mon 26, 08:00"]);
    // The hour from 2 to 3 comes twice.
    expect(read("2026-10-25T00:30:00Z").Hour).toBe("Sun 25, 02:30");
  });
});
