/** The items that somebody has put away, as they were: with them they can be shown again at once. */

import type { Item } from "../wire/protocol";

/** More than anybody takes back in the seconds that an offer to undo is shown. */
const MOST = 200;

export class Departed {
  readonly #items = new Map<number, Item>();

  remember(ids: readonly number[], items: readonly Item[]): void {
    for (const item of items) if (ids.includes(item.id)) this.#items.set(item.id, item);
    for (const id of this.#items.keys()) {
      if (this.#items.size <= MOST) break;
      this.#items.delete(id);
    }
  }

  recall(ids: readonly number[]): Item[] {
    return ids.flatMap((id) => this.#items.get(id) ?? []);
  }

  clear(): void {
    this.#items.clear();
  }
}
