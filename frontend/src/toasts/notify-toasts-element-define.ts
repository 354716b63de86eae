/** `notify-toasts.js`: defines `<notify-toasts>`, once, where the browser has popovers. */

import { NotifyToastsElement } from "./notify-toasts-element";

declare global {
  interface HTMLElementTagNameMap {
    "notify-toasts": NotifyToastsElement;
  }
}

if ("popover" in HTMLElement.prototype && !customElements.get("notify-toasts")) {
  customElements.define("notify-toasts", NotifyToastsElement);
}

export { NotifyToastsElement };
