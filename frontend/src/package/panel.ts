/**
 * How a page that is bundled finds the panel and its menu: by imports, of which a bundler makes
 * chunks. Without a bundler, Django's static files have both, and attributes say where.
 *
 * To be imported before an element is defined: one that is in the page already may need it at once.
 */

import { loadPanelBy } from "../bell/host-client";

loadPanelBy(async () => {
  const panel = await import("../panel/notify-panel");
  panel.importMenuBy(() => import("../menu/notify-menu"));
  return panel;
});
