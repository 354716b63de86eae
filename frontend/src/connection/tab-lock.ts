/** A Web Lock that one tab holds while others wait for it. It passes on when its tab goes. */

export class TabLock {
  readonly #name: string;
  readonly #onChange: () => void;
  #held = false;
  #leaving = new AbortController();

  constructor(name: string, onChange: () => void) {
    this.#name = name;
    this.#onChange = onChange;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Waits for the lock, or takes it from whoever has it. Ends what this tab has or waits for. */
  wait(steal = false): void {
    this.leave();
    this.#leaving = new AbortController();
    const { signal } = this.#leaving;
    const hold = (held: boolean) => {
      this.#held = held;
      this.#onChange();
    };
    navigator.locks
      .request(this.#name, steal ? { steal } : { signal }, async () => {
        if (signal.aborted) return;
        hold(true);
        await new Promise((release) => signal.addEventListener("abort", release));
      })
      .catch(({ name }: DOMException) => {
        if (signal.aborted) return;
        // It was stolen; or there are no locks here, as in a sandbox, and so nobody to share with.
        const stolen = name === "AbortError";
        hold(!stolen);
        if (stolen) this.wait();
      });
  }

  /** Gives the lock up, or the place in the queue. */
  leave(): void {
    this.#leaving.abort();
    this.#held = false;
  }
}
