/** `notify-menu.js`: what the panel loads for the menu of a row, the preferences and the help. */

import type { ActionHost } from "../panel/actions";
import type { Menu, MenuModule } from "../panel/menu-host";
import { adopt } from "../view/styles";
import { KeyHelp } from "./key-help";
import { RowMenu } from "./menu";
import css from "./notify-menu.css?inline";
import { PreferencesView } from "./preferences-view";

/** Builds the menu of a panel. */
export const createMenu: MenuModule["createMenu"] = (host: ActionHost): Menu => {
  const root = host.bell.shadowRoot as ShadowRoot;
  adopt(root, css);
  const view = new PreferencesView(host);
  const menu = new RowMenu(host, () => void view.open());
  const help = new KeyHelp(host);
  return {
    open: (client, item, opener) => menu.open(client, item, opener),
    openPreferences: () => void view.open(),
    toggleHelp: () => help.toggle(),
  };
};
