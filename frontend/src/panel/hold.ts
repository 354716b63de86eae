/** Says when no row may move: while somebody points at the list, works in it or has scrolled. */

export class Hold {
  readonly #scroller: HTMLElement;
  #pointed = false;
  /** Kept by the event: to ask the scroller in the middle of a change makes it lay out twice. */
  #scrolled = false;

  /**
   * `settle` runs when something holds no more. It gets true when somebody has scrolled to the top,
   * who wants to see what is there even under their pointer.
   */
  constructor(scroller: HTMLElement, settle: (atTop: boolean) => void) {
    this.#scroller = scroller;
    scroller.addEventListener("pointerover", ({ pointerType, target }) => {
      // A finger goes away without a sign, and until then it scrolls.
      this.#pointed = pointerType !== "touch" && isRow(target);
    });
    scroller.addEventListener("pointerleave", () => {
      this.#pointed = false;
      settle(false);
    });
    // The focus is nowhere until it has moved on.
    scroller.addEventListener("focusout", () => queueMicrotask(() => settle(false)));
    scroller.addEventListener("scroll", () => {
      this.#scrolled = scroller.scrollTop > 0;
      if (!this.#scrolled) settle(true);
    });
  }

  get on(): boolean {
    return (
      this.#pointed || this.#scrolled || this.#scroller.querySelector("li :focus-visible") !== null
    );
  }

  /** Forgets the pointer: the panel has closed under it. */
  reset(): void {
    this.#pointed = false;
  }
}

function isRow(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("li") !== null;
}
