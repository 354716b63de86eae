/** Builds what several parts of the interface have: buttons and icons. */

import { BELL, drawing, h } from "./dom";

/** Creates a button with the name of its action. */
export function button(
  name: string,
  action: string,
  ...children: (Node | string)[]
): HTMLButtonElement {
  return h("button", name, { type: "button", "data-action": action }, ...children);
}

/** Creates a decorative line icon. */
export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return drawing(ICONS[name]);
}

const ICONS = {
  bell: BELL,
  checks: "M2.5 12.5 7 17l8.5-9.5M11.5 16l1 1 9-9.5",
  close: "m6 6 12 12M18 6 6 18",
  archive: "M3.5 5h17v4h-17zM5 9v10h14V9M10 13h4",
  back: "m14 6-6 6 6 6",
  settings: "M4 8h10M18 8h2M4 16h2M10 16h10M16 6v4M8 14v4",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  success: "m5.5 12.5 4.3 4.3 8.7-9.6",
  warning: "M12 4.5 3 19.5h18zM12 10.5v3.7M12 16.8v.1",
  error: "M12 3.5a8.5 8.5 0 1 0 .1 0zM12 8v4.7M12 15.8v.1",
} as const;
