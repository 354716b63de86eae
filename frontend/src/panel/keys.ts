/** The keys of the panel. They work only while the focus is in it, and never while somebody types. */

/** The action that each key stands for. */
export const KEYS: Readonly<Record<string, string>> = {
  ArrowDown: "next",
  j: "next",
  ArrowUp: "previous",
  k: "previous",
  Home: "first",
  End: "last",
  e: "archive",
  r: "read",
  u: "unread",
  z: "undo",
  Delete: "delete",
  "#": "delete",
  "?": "help",
};

/** The action of a key press, or undefined where the key is the browser's or the text field's. */
export function actionOf(event: KeyboardEvent): string | undefined {
  const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
  // Shift is part of "?" on most keyboards, but with an arrow it selects text.
  if (altKey || ctrlKey || metaKey || (shiftKey && key.length > 1)) return;
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable]")) {
    return;
  }
  return Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
}
