/** The count of unread notifications in the title of the page: "(3) My site". */

const MAX_COUNT = 99;
/** The no-break space tells a count from a title that begins with a number in brackets. */
const COUNT = /^\(\d+\+?\)\u00a0/;

export class TitleCount {
  readonly #observer = new MutationObserver(() => this.#write());
  #count = 0;

  /** Shows a count, also when the page changes its title; 0 shows none. */
  show(count: number): void {
    if (this.#count === 0 && count > 0) {
      // The whole head: a page may replace the element of its title.
      const all = { childList: true, characterData: true, subtree: true };
      this.#observer.observe(document.head, all);
    }
    this.#count = count;
    if (count === 0) this.#observer.disconnect();
    this.#write();
  }

  #write(): void {
    const own = document.title.replace(COUNT, "");
    const count = this.#count > MAX_COUNT ? `${MAX_COUNT}+` : this.#count;
    const title = this.#count > 0 ? `(${count})\u00a0${own}` : own;
    if (document.title !== title) document.title = title;
  }
}
