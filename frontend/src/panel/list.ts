/**
 * The list: a row for each item, kept and moved rather than rebuilt.
 *
 * It builds no more rows than somebody looks at, and it can hold back what would move them.
 */

import { h } from "../view/dom";
import type { Item } from "../wire/protocol";
import { dayName, days } from "./days";
import type { PanelContext } from "./panel-context";
import { Row } from "./row";

/** How many rows are built at first, which item.css draws always, and how many more near the end. */
const CHUNK = 30;

interface Placed {
  readonly item: Item;
  /** The seq by which the item is sorted: while rows are held, that of when it was drawn. */
  readonly place: number;
}

export class List {
  readonly element = h("ul", "list", { role: "list", "aria-labelledby": "title" });
  /** How many items wait to be shown above the rows. */
  held = 0;
  /** Whether there are items below the last row. */
  cut = false;
  readonly #rows = new Map<number, Row>();
  #shown: readonly Row[] = [];
  #limit = CHUNK;
  /** The highest seq among the rows: while rows are held, what arrived later waits. */
  #ceiling = Number.POSITIVE_INFINITY;
  /** The row whose controls are in the tab order. */
  #current: Row | undefined;
  #oldest = "";
  #context: PanelContext | null = null;

  constructor() {
    this.element.addEventListener("focusin", ({ target }) => this.#enter(this.rowOf(target)));
  }

  get first(): Row | undefined {
    return this.#shown[0];
  }

  /** Starts anew: at the top, with the first row in the tab order. */
  restart(): void {
    this.#current = undefined;
    this.release();
  }

  /**
   * Lets the items that are held into the list when it is drawn next. The rows that had been
   * scrolled to go: at the top every arrival would move them all.
   */
  release(): void {
    this.#limit = CHUNK;
    this.#ceiling = Number.POSITIVE_INFINITY;
  }

  /** Makes room for more rows when it is drawn next. */
  extend(): void {
    this.#limit += CHUNK;
  }

  update(items: readonly Item[], context: PanelContext, holding = false): void {
    this.#context = context;
    this.#oldest = items.at(-1)?.created ?? "";
    const placed = this.#place(items, holding && this.#rows.size > 0);
    this.held = items.length - placed.length;
    this.cut = placed.length > this.#limit;
    const shown = placed.slice(0, this.#limit);
    this.#removeAllBut(shown);
    this.#shown = shown.map(({ item, place }) => {
      const row = this.#rows.get(item.id) ?? new Row(item.id);
      this.#rows.set(item.id, row);
      row.place = place;
      row.update(item, context);
      return row;
    });
    this.#putInOrder();
    this.#enter(this.#current?.element.isConnected ? this.#current : this.#shown[0]);
    this.#headDays();
  }

  /** Updates what grows old while nothing else changes. */
  tick(): void {
    for (const row of this.#shown) row.tick();
    this.#headDays();
  }

  /** The row that contains a node, such as the target of an event. */
  rowOf(node: EventTarget | null): Row | undefined {
    const element = node instanceof Element ? node.closest("li") : null;
    return this.#rows.get(Number(element?.dataset.id));
  }

  /** Sorts the items. Those that are held have no place. */
  #place(items: readonly Item[], holding: boolean): Placed[] {
    if (!holding) this.#ceiling = Number.POSITIVE_INFINITY;
    const placed: Placed[] = [];
    for (const item of items) {
      const place = item.seq <= this.#ceiling ? item.seq : this.#rows.get(item.id)?.place;
      if (place !== undefined) placed.push({ item, place });
    }
    if (this.#ceiling === Number.POSITIVE_INFINITY) this.#ceiling = items[0]?.seq ?? 0;
    else placed.sort((a, b) => b.place - a.place);
    return placed;
  }

  #removeAllBut(shown: readonly Placed[]): void {
    const wanted = new Set(shown.map(({ item }) => item.id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
  }

  /** Moves rows. Those that are where they belong are not touched, and so keep the focus. */
  #putInOrder(): void {
    let next = this.element.firstElementChild;
    for (const { element } of this.#shown) {
      if (element === next) next = next.nextElementSibling;
      else this.element.insertBefore(element, next);
    }
  }

  /** Puts the controls of one row into the tab order, and takes those of the row before out. */
  #enter(row: Row | undefined): void {
    if (row === this.#current) return;
    this.#current?.setTabbable(false);
    this.#current = row;
    row?.setTabbable(true);
  }

  /** Puts a heading over the first row of each day, if the list goes back further than one. */
  #headDays(): void {
    const context = this.#context;
    if (!context) return;
    const named = days([...this.#shown.map((row) => row.time), Date.parse(this.#oldest)]);
    const several = named[0] !== named.at(-1);
    this.#shown.forEach((row, place) => {
      const day = named[place];
      row.setHeading(several && day && day !== named[place - 1] ? dayName(day, context) : "");
    });
  }
}
