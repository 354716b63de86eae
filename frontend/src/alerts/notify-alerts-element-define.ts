/** `notify-alerts.js`: defines `<notify-alerts>`, once, however often it is loaded. */

import { NotifyAlertsElement } from "./notify-alerts-element";

declare global {
  interface HTMLElementTagNameMap {
    "notify-alerts": NotifyAlertsElement;
  }
}

if (!customElements.get("notify-alerts")) {
  customElements.define("notify-alerts", NotifyAlertsElement);
}

export { NotifyAlertsElement };
