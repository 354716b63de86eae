/** `notify-inbox.js`: defines `<notify-inbox>`, once, however often it is loaded. */

import { NotifyInboxElement } from "./notify-inbox-element";

declare global {
  interface HTMLElementTagNameMap {
    "notify-inbox": NotifyInboxElement;
  }
}

if (!customElements.get("notify-inbox")) customElements.define("notify-inbox", NotifyInboxElement);

export { NotifyInboxElement };
