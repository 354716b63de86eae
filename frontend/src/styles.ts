/** One style sheet for all bells of a page, adopted so that no Content-Security-Policy blocks it. */

import css from "./bell.css?inline";

let sheet: CSSStyleSheet | undefined;

export function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}
