/** The requests under way on a connection, each waiting for the frame with its id. */

import type { Args, Command, Frame, Problem } from "../wire/protocol";
import type { Apply } from "./acting";

/** How a command ended. Commands always resolve, to one of these; they never reject. */
export interface Result {
  readonly ok: boolean;
  readonly error?: Problem;
}

export interface Answer extends Result {
  readonly frame?: Frame;
}

export interface Request {
  readonly command: Command;
  /** How the reply changes the view, if not as a push does. */
  readonly apply: Apply | undefined;
  settle(answer: Answer): void;
}

/** How long a reply may take, in milliseconds. */
const PATIENCE = 10_000;

export const TIMEOUT = lost("timeout", "No reply in time.");
export const DISCONNECTED = lost("disconnected", "Disconnected.");
export const UNREACHABLE = lost("unreachable", "The server cannot be reached.");

function lost(code: string, message: string): Problem {
  return { code, message, temporary: true };
}

export class Requests {
  readonly #pending = new Map<number, Request>();
  readonly #send: (text: string) => boolean;
  /** Random, so that tabs that share a connection know the replies to each other's requests. */
  #lastId = Math.floor(Math.random() * 2 ** 48);

  constructor(send: (text: string) => boolean) {
    this.#send = send;
  }

  ask(command: Command, args: Args, apply?: Apply): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.take(id)?.settle(failed(TIMEOUT)), PATIENCE);
      const settle = (answer: Answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#pending.set(id, { command, apply, settle });
      if (!this.#send(JSON.stringify({ id, [command]: args }))) {
        this.take(id)?.settle(failed(DISCONNECTED));
      }
    });
  }

  /** Removes and returns the request with this id. */
  take(id: number | null | undefined): Request | undefined {
    const request = this.#pending.get(id ?? 0);
    this.#pending.delete(id ?? 0);
    return request;
  }

  /** Fails all requests: the connection is gone, and the next hello repairs the view. */
  abandon(): void {
    for (const id of this.#pending.keys()) this.take(id)?.settle(failed(DISCONNECTED));
  }
}

export function failed(error: Problem): Answer {
  return { ok: false, error };
}

/** The part of an answer that matters to whoever gave the command. */
export function result({ ok, error }: Answer): Result {
  return error ? { ok, error } : { ok };
}
