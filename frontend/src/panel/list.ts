/** The list: a row for each item, kept and moved rather than rebuilt. */

import { h } from "../view/dom";
import type { Item } from "../wire/protocol";
import type { PanelContext } from "./panel-context";
import { Row } from "./row";

export class List {
  readonly element = h("ul", "list", { role: "list", "aria-labelledby": "title" });
  readonly #rows = new Map<number, Row>();

  update(items: readonly Item[], context: PanelContext): void {
    const wanted = new Set(items.map((item) => item.id));
    // Remove first: the rows that stay then need not move, and keep the focus.
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    let place = this.element.firstElementChild;
    for (const item of items) {
      const row = this.#rows.get(item.id) ?? new Row(item.id);
      this.#rows.set(item.id, row);
      row.update(item, context);
      if (row.element === place) place = place.nextElementSibling;
      else this.element.insertBefore(row.element, place);
    }
  }

  tick(): void {
    for (const row of this.#rows.values()) row.tick();
  }

  /** The row that contains a node, such as the target of an event. */
  rowOf(node: EventTarget | null): Row | undefined {
    const element = node instanceof Element ? node.closest("li") : null;
    return this.#rows.get(Number(element?.dataset.id));
  }
}
