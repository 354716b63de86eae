/** Spares a busy page: what changes faster than anybody can read is drawn ten times a second. */

/**
 * So many draws within a second are no burst: each comes at once. An arrival takes three, since it
 * is then marked seen, and that is confirmed.
 */
const FEW = 12;
const SECOND = 1_000;
/** How long to collect changes in a burst, in milliseconds. */
const PAUSE = 100;

export class Pace {
  readonly #draw: () => void;
  /** When the last few draws were. */
  #times: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Draws now, or in a burst with all that changes until the pause is over. */
  ask(): void {
    if (this.#timer !== undefined) return;
    const now = performance.now();
    const [first = 0] = this.#times;
    if (this.#times.length < FEW || now - first > SECOND) this.#go(now);
    else this.#timer = setTimeout(() => this.#go(performance.now()), PAUSE);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #go(now: number): void {
    this.stop();
    this.#times = [...this.#times.slice(1 - FEW), now];
    this.#draw();
  }
}
