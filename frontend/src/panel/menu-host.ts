/**
 * Loads the menu of rows, the preferences and the list of the keys when somebody first wants them.
 *
 * They are a bundle of their own: most people never open them.
 */

import type { NotifyClient } from "../client/client";
import { importer } from "../view/imports";
import type { Item } from "../wire/protocol";
import type { ActionHost } from "./actions";

export interface Menu {
  /** Opens the menu of an item at its button. */
  open(client: NotifyClient, item: Item, opener: HTMLElement): void;
  /** Shows the preferences in the place of the list. */
  openPreferences(): void;
  /** Shows or hides the list of the keys. */
  toggleHelp(): void;
}

/** What the module at `menu-url` exports. */
export interface MenuModule {
  createMenu(host: ActionHost): Menu;
}

let importMenu = importer<MenuModule>();

/** Says how to load the menu where modules are bundled. */
export function importMenuBy(load: () => Promise<MenuModule>): void {
  importMenu = load;
}

export class MenuLoader {
  readonly #host: ActionHost;
  #loading: Promise<Menu> | null = null;

  constructor(host: ActionHost) {
    this.#host = host;
  }

  /** Loads the menu, and uses it. If that fails, the panel says so and the next try loads again. */
  async use(act: (menu: Menu) => void): Promise<void> {
    const { bell, context, panel } = this.#host;
    const url = bell.getAttribute("menu-url") ?? new URL("notify-menu.js", import.meta.url).href;
    try {
      this.#loading ??= importMenu(url).then(({ createMenu }) => createMenu(this.#host));
      act(await this.#loading);
    } catch {
      this.#loading = null;
      panel.showError(context.translate("failed"));
    }
  }
}
