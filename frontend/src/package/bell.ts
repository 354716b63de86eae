/** `realtime-notify/bell`: defines `<notify-bell>` for a page that is bundled. */

import "./panel";

import { NotifyBellElement } from "../bell/notify-bell-element-define";

export type { Messages } from "../bell/bell-messages";
export type { BellEvents } from "../view/bell-events";
export { NotifyBellElement };
