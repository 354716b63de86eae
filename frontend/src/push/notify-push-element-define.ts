/** `notify-push.js`: defines `<notify-push>`, once, however often it is loaded. */

import { NotifyPushElement } from "./notify-push-element";

declare global {
  interface HTMLElementTagNameMap {
    "notify-push": NotifyPushElement;
  }
}

if (!customElements.get("notify-push")) customElements.define("notify-push", NotifyPushElement);

export { NotifyPushElement };
