/** Collects arrivals for a moment, so that a burst is told as one. */

import type { Item } from "../wire/protocol";

const COLLECT = 1_000;

export class Burst {
  readonly #tell: (items: readonly Item[]) => void;
  readonly #items = new Map<number, Item>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (items: readonly Item[]) => void) {
    this.#tell = tell;
  }

  add(items: readonly Item[]): void {
    for (const item of items) this.#items.set(item.id, item);
    if (items.length > 0) this.#timer ??= setTimeout(() => this.#end(), COLLECT);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#items.clear();
  }

  #end(): void {
    const items = [...this.#items.values()];
    this.stop();
    this.#tell(items);
  }
}
