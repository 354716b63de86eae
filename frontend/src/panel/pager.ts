/** Shows older rows as the end of the list comes near: first those that are loaded, then a page. */

import { setAttribute } from "../view/dom";
import { type ActionHost, run } from "./actions";

/** How far below the visible rows the end counts as near. */
const NEAR = "300px";

export class Pager {
  readonly #host: ActionHost;
  readonly #observer: IntersectionObserver;
  /** Whether the last page could not be loaded: the next try is the person's. */
  failed = false;
  #loading = false;

  constructor(host: ActionHost) {
    this.#host = host;
    const { scroller, more } = host.panel;
    this.#observer = new IntersectionObserver(
      (entries) => {
        if (entries.at(-1)?.isIntersecting && !this.failed) void this.more();
      },
      { root: scroller, rootMargin: NEAR },
    );
    this.#observer.observe(more);
  }

  /** Shows more rows. True if any came. */
  async more(): Promise<boolean> {
    const { panel } = this.#host;
    if (this.#loading) return false;
    const before = panel.list.element.childElementCount;
    if (!panel.list.cut) await this.#load();
    // Should nothing have come, only the button asks again.
    panel.list.extend();
    this.#host.render();
    const came = panel.list.element.childElementCount > before;
    // The observer tells only of changes, and the end may still be near.
    if (came) this.lookAgain();
    return came;
  }

  /** Lets the end be found near again, after what had failed may work. */
  lookAgain(): void {
    const { more } = this.#host.panel;
    this.failed = false;
    this.#observer.unobserve(more);
    this.#observer.observe(more);
  }

  async #load(): Promise<void> {
    const { source, bell } = this.#host;
    const list = source ?? bell.client;
    if (!list) return;
    this.#setLoading(true);
    this.failed = !(await run(this.#host, list.loadMore()));
    this.#setLoading(false);
  }

  #setLoading(loading: boolean): void {
    const { list, more } = this.#host.panel;
    this.#loading = loading;
    for (const element of [list.element, more]) {
      setAttribute(element, "aria-busy", loading ? "true" : undefined);
    }
  }
}
