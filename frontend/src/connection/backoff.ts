/** How long to wait before the next attempt, in milliseconds. */

/** The upper bound of the first wait. */
const BASE = 500;
/** The upper bound of all later waits. */
const CAP = 30_000;

/**
 * Full jitter: a random wait between 0 and a bound that doubles with each attempt.
 *
 * It spreads a crowd of browsers better than a fixed wait with a little noise:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(attempt: number): number {
  return Math.random() * Math.min(CAP, BASE * 2 ** attempt);
}

/** A random number between two bounds. */
export function between(low: number, high: number): number {
  return low + Math.random() * (high - low);
}
