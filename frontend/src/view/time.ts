/** Formats times for people. */

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

const relativeFormat = remembered(
  (locale) => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }),
);
const absoluteFormat = remembered(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" }),
);

/** Makes a format once for each language: making one takes longer than drawing a row. */
function remembered<Format>(make: (locale: string) => Format): (locale: string) => Format {
  const made = new Map<string, Format>();
  return (locale) => {
    const format = made.get(locale) ?? make(locale);
    made.set(locale, format);
    return format;
  };
}

/**
 * "3 minutes ago", in the language of the page.
 *
 * Never a time in the future: that only means that this computer's clock is behind the server's.
 */
export function relativeTime(iso: string, now: number, locale: string): string {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return "";
  const seconds = Math.min(0, then - now) / 1000;
  const format = relativeFormat(locale);
  for (const [unit, size] of STEPS) {
    if (-seconds >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

export function absoluteTime(iso: string, locale: string): string {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return "";
  return absoluteFormat(locale).format(then);
}

/** "today" for 0, "yesterday" for -1. */
export function relativeDay(days: number, locale: string): string {
  return relativeFormat(locale).format(days, "day");
}

/** The language of the page at an element, else that of the browser. */
export function localeOf(element: Element): string {
  const lang = element.closest("[lang]")?.getAttribute("lang") || navigator.language;
  try {
    return Intl.getCanonicalLocales(lang)[0] ?? "en";
  } catch {
    return "en";
  }
}
