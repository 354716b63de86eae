/** Style sheets as constructed objects: no Content-Security-Policy blocks those. */

export function styleSheet(css: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
