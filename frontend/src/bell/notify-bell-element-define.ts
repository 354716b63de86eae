/** `notify-bell.js`: defines `<notify-bell>`, once, however often it is loaded. */

import { NotifyBellElement } from "./notify-bell-element";

declare global {
  interface HTMLElementTagNameMap {
    "notify-bell": NotifyBellElement;
  }
}

/**
 * Whether this browser can show the bell. It needs the Popover API and `light-dark()`, which are
 * in Chrome and Edge 123, Firefox 125, Safari 17.5 and later. In an older browser the element
 * stays undefined and its content, the link to the inbox page, stays in place.
 */
function canShowBell(): boolean {
  return "popover" in HTMLElement.prototype && CSS.supports("color", "light-dark(red,red)");
}

if (canShowBell() && !customElements.get("notify-bell")) {
  customElements.define("notify-bell", NotifyBellElement);
}

// The elements of other bundles get the page's client from this one.
export { release } from "../client/registry";
export { acquireFor } from "./host-client";
export { NotifyBellElement };
