/** `realtime-notify/toasts`: defines `<notify-toasts>` for a page that is bundled. */

import "./beside-the-bell";

import { NotifyToastsElement } from "../toasts/notify-toasts-element-define";

export type { ToastsMessages } from "../toasts/toasts-messages";
export { NotifyToastsElement };
