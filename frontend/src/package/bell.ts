/**
 * `realtime-notify/bell`: defines `<notify-bell>` for a page that is bundled.
 *
 * A bundler finds the panel by this import and makes a chunk of it. Without a bundler, Django's
 * static files do, and the element's `panel-url` says where.
 */

import { loadPanelBy } from "../bell/host-client";
import { NotifyBellElement } from "../bell/notify-bell-element-define";

loadPanelBy(async () => {
  const panel = await import("../panel/notify-panel");
  panel.importMenuBy(() => import("../menu/notify-menu"));
  return panel;
});

export type { Messages } from "../bell/bell-messages";
export type { BellEvents } from "../view/bell-events";
export { NotifyBellElement };
