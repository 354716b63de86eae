/** A Web Lock that one tab holds while others wait for it. It passes on when its tab goes. */

export class TabLock {
  readonly #onChange: () => void;
  #leaving = new AbortController();
  held = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Waits for a lock, or takes it from whoever has it, in place of what this was about before. */
  wait(name: string, steal = false): void {
    this.leave();
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    const hold = (held: boolean) => {
      this.held = held;
      this.#onChange();
    };
    navigator.locks
      .request(name, steal ? { steal } : { signal }, async () => {
        if (signal.aborted) return;
        hold(true);
        await new Promise((release) => signal.addEventListener("abort", release));
      })
      .catch((error: DOMException) => {
        if (signal.aborted) return;
        // It was stolen; or there are no locks here, as in a sandbox, and so nobody to share with.
        const stolen = error.name === "AbortError";
        hold(!stolen);
        if (stolen) this.wait(name);
      });
  }

  /** Gives the lock up, or the place in the queue. */
  leave(): void {
    this.#leaving.abort();
    this.held = false;
  }
}
