/** `notify-menu.js`: what the panel loads when somebody opens the menu of a row or the preferences. */

import type { ActionHost } from "../panel/actions";
import type { Menu, MenuModule } from "../panel/menu-host";
import { adopt } from "../view/styles";
import { RowMenu } from "./menu";
import css from "./notify-menu.css?inline";
import { PreferencesView } from "./preferences-view";

/** Builds the menu of a panel. */
export const createMenu: MenuModule["createMenu"] = (host: ActionHost): Menu => {
  const root = host.bell.shadowRoot as ShadowRoot;
  adopt(root, css);
  const view = new PreferencesView(host);
  const menu = new RowMenu(host, () => void view.open());
  return {
    open: (client, item, opener) => menu.open(client, item, opener),
    openPreferences: () => void view.open(),
  };
};
