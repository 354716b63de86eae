/** One sheet for all bells of a page, adopted rather than inserted: no policy stands in its way. */

import css from "./bell.css?inline";

let sheet: CSSStyleSheet | undefined;

export function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}
