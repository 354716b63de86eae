/** Keeps the keyboard focus in the panel while its content changes. */

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
