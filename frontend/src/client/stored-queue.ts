/**
 * Keeps operations over a reload and an outage, in the browser's `localStorage`.
 *
 * A queue belongs to a user, a server and an inbox; it holds what to do, and nothing of what a
 * notification says. All tabs share it: each adds and removes its own operations, and takes over
 * those that it finds. Where there is no storage, nothing is kept.
 */

import { isMark, type Operation } from "./operations";

const VERSION = 1;
const PREFIX = "realtime-notify:pending:";
/** Operations are given up after a day, in milliseconds. */
export const LIFETIME = 86_400_000;

interface Stored {
  readonly version: typeof VERSION;
  readonly inbox: string;
  readonly operations: readonly Operation[];
}

/** The name of the queue of one user of one server. */
export function queueName(apiUrl: string, user: string): string {
  return PREFIX + JSON.stringify([apiUrl, user]);
}

/** Whether something waits there, such as what was done on the page before. */
export function isQueued(name: string): boolean {
  try {
    return localStorage.getItem(name) !== null;
  } catch {
    return false;
  }
}

export class StoredQueue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** The operations that wait for this inbox. A queue of another inbox is removed. */
  read(inbox: string): readonly Operation[] {
    const stored = this.#load();
    if (stored?.inbox === inbox) return stored.operations;
    this.clear();
    return [];
  }

  put(inbox: string, operation: Operation): void {
    const { items: _, ...kept } = operation;
    this.#save(inbox, [...this.read(inbox), kept]);
  }

  remove(inbox: string, key: string): void {
    this.#save(
      inbox,
      this.read(inbox).filter((operation) => operation.key !== key),
    );
  }

  clear(): void {
    attempt(() => localStorage.removeItem(this.name));
  }

  /** Removes the queues of others who used this browser with the same server. */
  clearOthers(): void {
    attempt(() => {
      for (const name of Object.keys(localStorage)) {
        const isOther = name.startsWith(PREFIX) && name !== this.name;
        if (isOther && serverOf(name) === serverOf(this.name)) localStorage.removeItem(name);
      }
    });
  }

  #load(): Stored | null {
    return attempt(() => {
      const stored = JSON.parse(localStorage.getItem(this.name) ?? "null") as Stored | null;
      if (stored?.version !== VERSION) return null;
      const oldest = Date.now() - LIFETIME;
      const operations = stored.operations.filter(
        ({ command, args, at }) => isMark(command) && args && at > oldest,
      );
      return { ...stored, operations };
    });
  }

  #save(inbox: string, operations: readonly Operation[]): void {
    if (operations.length === 0) this.clear();
    else {
      const stored: Stored = { version: VERSION, inbox, operations };
      attempt(() => localStorage.setItem(this.name, JSON.stringify(stored)));
    }
  }
}

function serverOf(name: string): unknown {
  return JSON.parse(name.slice(PREFIX.length))[0];
}

/** Storage may be forbidden, full, or hold what somebody else has written. */
function attempt<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch {
    return null;
  }
}
