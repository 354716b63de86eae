/** Keeps the keyboard focus in the panel while its content changes. */

import type { Panel } from "./panel";

/**
 * Runs an update. If it moves the focused control, focus stays on the control. If it removes the
 * control, focus goes to the same control of the row that takes its place, else to the fallback.
 */
export function keepFocus(root: ShadowRoot, update: () => void, fallback: () => HTMLElement): void {
  const active = root.activeElement;
  if (!(active instanceof HTMLElement)) {
    update();
    return;
  }
  const row = active.closest("li") as Element;
  // Live: after the update it holds the rows that are there then.
  const rows = row?.parentElement?.children ?? [];
  const place = [...rows].indexOf(row);

  update();

  if (root.activeElement === active && active.isConnected) return;
  if (active.isConnected && !active.hidden) {
    active.focus({ preventScroll: true });
    return;
  }
  const successor = rows[Math.min(place, rows.length - 1)];
  const twin = successor?.querySelector<HTMLElement>(`[data-action="${active.dataset.action}"]`);
  (twin ?? fallback()).focus();
}

/**
 * Moves the focus to another row, staying on the same kind of control. `destination` gets the place
 * of the row that has the focus, which is -1 outside of the list, and the number of rows.
 */
export function focusRow(
  { list }: Panel,
  from: EventTarget | null,
  destination: (place: number, count: number) => number,
): void {
  const elements = [...list.element.children];
  const here = list.rowOf(from);
  const place = here ? elements.indexOf(here.element) : -1;
  const row = list.rowOf(elements[destination(place, elements.length)] ?? null);
  const action = here && from instanceof HTMLElement ? from.dataset.action : "open";
  row?.element.scrollIntoView({ block: "nearest" });
  row?.control(action).focus({ preventScroll: true });
}
