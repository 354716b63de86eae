/** What happens by chance in tests of convergence. */

import type { Frame } from "../src/wire/protocol";
import type { Database } from "./database";

/** Random, but the same every time: a small xorshift generator. */
export function dice(seed: number): (sides: number) => number {
  let state = seed * 2654435761 + 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

/** Lets something happen in an inbox. */
export function act(database: Database, roll: (sides: number) => number): Frame | null {
  const id = 1 + roll(database.rows.size + 2);
  const some = roll(3) ? { ids: [id, 1 + roll(9), 999] } : { upto: roll(database.rev + 1) };
  switch (roll(12)) {
    case 0:
    case 1:
    case 2:
      return database.notify();
    case 3:
      return database.repeat(id);
    case 4:
      return database.read(some);
    case 5:
      return database.unread(id);
    case 6:
      return database.look(roll(database.rev + 1));
    case 7:
      return roll(2) ? database.archive(some) : null;
    case 8:
      return database.unarchive(id);
    case 9:
      return database.snooze([id, 1 + roll(9)]);
    case 10:
      return database.wake(id);
    default:
      return roll(3) ? null : database.delete(some);
  }
}
