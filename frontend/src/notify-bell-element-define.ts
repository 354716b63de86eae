/** `notify-bell.js`: defines `<notify-bell>`, once, however often it is loaded. */

import { NotifyBellElement } from "./notify-bell-element";

declare global {
  interface HTMLElementTagNameMap {
    "notify-bell": NotifyBellElement;
  }
}

if (!customElements.get("notify-bell")) customElements.define("notify-bell", NotifyBellElement);

export { NotifyBellElement };
