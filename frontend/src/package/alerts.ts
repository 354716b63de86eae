/** `realtime-notify/alerts`: defines `<notify-alerts>` for a page that is bundled. */

import "./beside-the-bell";

import { NotifyAlertsElement } from "../alerts/notify-alerts-element-define";

export type { AlertsMessages } from "../alerts/alerts-messages";
export { NotifyAlertsElement };
