/** How long to wait before the next attempt, in milliseconds. */

export interface Backoff {
  /** The upper bound of the first wait. */
  readonly base: number;
  /** The upper bound of all later waits. */
  readonly cap: number;
}

export const BACKOFF: Backoff = { base: 500, cap: 30_000 };

/**
 * Full jitter: a random wait between 0 and a bound that doubles with each attempt.
 *
 * It spreads a crowd of browsers better than a fixed wait with a little noise:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(attempt: number, random: () => number, backoff = BACKOFF): number {
  return random() * Math.min(backoff.cap, backoff.base * 2 ** attempt);
}

/** A random number between two bounds. */
export function between(low: number, high: number, random: () => number): number {
  return low + random() * (high - low);
}
