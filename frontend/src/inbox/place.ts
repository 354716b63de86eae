/** Keeps the reader's place in a list while rows come and go: the focus, and what is in view. */

const ROW = "[data-id]";

/** Runs an update after which the row that somebody looks at is where it was on the screen. */
export function keepPlace(list: Element, update: () => void): void {
  const { activeElement } = document;
  const focused = list.contains(activeElement) ? (activeElement as HTMLElement) : null;
  const rows = [...list.querySelectorAll<HTMLElement>(ROW)];
  const row = rows.find((one) => one.contains(focused));
  const anchor = rows.find((one) => one.matches(":hover")) ?? row ?? firstInView(rows);
  const top = anchor?.getBoundingClientRect().top ?? 0;

  update();

  if (anchor?.isConnected) scrollBy(0, anchor.getBoundingClientRect().top - top);
  if (focused && !focused.isConnected) focusNear(list, focused, row ? rows.indexOf(row) : 0);
}

/** At the top of the page nothing is held: there, what is new is to be seen. */
function firstInView(rows: HTMLElement[]): HTMLElement | undefined {
  return scrollY > 0 ? rows.find((row) => row.getBoundingClientRect().bottom > 0) : undefined;
}

/** Focuses the same control of the row that has taken this place, else the heading. */
function focusNear(list: Element, gone: HTMLElement, place: number): void {
  const rows = list.querySelectorAll<HTMLElement>(ROW);
  const row = rows[Math.min(place, rows.length - 1)];
  const value = gone.getAttribute("value");
  const twin =
    row?.querySelector<HTMLElement>(`button[value="${value}"]`) ?? row?.querySelector("button");
  const heading = list.querySelector<HTMLElement>("h1, h2");
  heading?.setAttribute("tabindex", "-1");
  (twin ?? heading)?.focus({ preventScroll: true });
}
