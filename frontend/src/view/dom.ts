/** Builds elements without parsing markup. */

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Creates an element. Its name, if any, is both its class, for the bell's own styles, and its part,
 * for those of the page. An attribute that is true gets no value; false and undefined set none.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  name = "",
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (name) {
    element.className = name;
    element.setAttribute("part", name);
  }
  for (const [key, value] of Object.entries(attributes)) setAttribute(element, key, value);
  element.append(...children);
  return element;
}

/** Creates a button with the name of its action. */
export function button(
  name: string,
  action: string,
  ...children: (Node | string)[]
): HTMLButtonElement {
  return h("button", name, { type: "button", "data-action": action }, ...children);
}

/** Sets an attribute only if it differs: setting it again costs style and screen readers work. */
export function setAttribute(
  element: Element,
  name: string,
  value: string | boolean | undefined,
): void {
  if (value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : value;
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/** Creates a decorative line icon. */
export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return drawing(ICONS[name]);
}

/** Creates a decorative line drawing; CSS decides how its lines look. */
export function drawing(lines: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}

export const BELL =
  "M6 9a6 6 0 0 1 12 0c0 6 2.5 7 2.5 8h-17C3.5 16 6 15 6 9M10 20.5a2.2 2.2 0 0 0 4 0";

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
