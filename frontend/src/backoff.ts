/** How long to wait before the next attempt, in milliseconds. */

export interface Backoff {
  /** The ceiling of the first wait. */
  readonly base: number;
  /** The ceiling of every later wait. */
  readonly cap: number;
}

export const BACKOFF: Backoff = { base: 500, cap: 30_000 };

/**
 * Full jitter: anywhere between nothing and a ceiling that doubles with each attempt.
 *
 * It spreads a crowd better than a fixed wait with a little noise:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(attempt: number, random: () => number, backoff = BACKOFF): number {
  return random() * Math.min(backoff.cap, backoff.base * 2 ** attempt);
}

/** Anywhere between two bounds: the server's hint, or a small spread. */
export function between(low: number, high: number, random: () => number): number {
  return low + random() * (high - low);
}
