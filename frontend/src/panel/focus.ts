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
  const row = active.closest("li");
  const place = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
  const list = row?.parentElement;

  update();

  if (root.activeElement === active && active.isConnected) return;
  if (active.isConnected && !active.hidden) {
    active.focus({ preventScroll: true });
    return;
  }
  const rows = list?.children ?? [];
  const successor = rows[Math.min(place, rows.length - 1)];
  const twin = successor?.querySelector<HTMLElement>(`[data-action="${active.dataset.action}"]`);
  (twin ?? fallback()).focus();
}

/**
 * Moves the focus to another row, staying on the same kind of control. `destination` gets the place
 * of the row that has the focus, which is -1 outside of the list, and the number of rows.
 */
export function focusRow(
  panel: Panel,
  from: EventTarget | null,
  destination: (place: number, count: number) => number,
): void {
  const rows = [...panel.list.element.children];
  const control = from instanceof HTMLElement ? from : null;
  const place = rows.findIndex((row) => row.contains(control));
  const row = rows[destination(place, rows.length)];
  // In a row without a link, its first button has stood in for one.
  const here = rows[place];
  const standIn =
    here && !here.querySelector("a[href]") && here.querySelector("button") === control;
  const action = !here || standIn ? "open" : control?.dataset.action;
  const target =
    row?.querySelector<HTMLElement>(
      `a[href][data-action="${action}"], button[data-action="${action}"]`,
    ) ?? row?.querySelector<HTMLElement>("button");
  target?.focus();
}
