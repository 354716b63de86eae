/**
 * The vocabulary of protocol rn.1: the frames, the close codes and the error codes.
 *
 * Twin of `realtime_notify/wire/protocol.py`; both are held to `tests/protocol/*.json`.
 */

export const SUBPROTOCOL = "rn.1";

/** Close codes. Below 4500 the browser comes back, from 4500 on it stays away. */
export enum Close {
  Draining = 4001,
  NoHello = 4008,
  Stale = 4010,
  TooFast = 4029,
  ProtocolError = 4500,
  NotSignedIn = 4501,
  NotAllowed = 4503,
  TooManyConnections = 4509,
}

export function isFinal(code: number): boolean {
  return code >= 4500 && code <= 4999;
}

/** An actor, action object or target, as it read when the event was stored. */
export interface Thing {
  readonly text: string;
  readonly url: string;
  readonly type: string;
  readonly id: string;
}

/** One person's copy of an event, with its whole state. */
export interface Item {
  readonly id: number;
  /** The rev of its last change. */
  readonly rev: number;
  /** The rev at which it last arrived: the order of the list. */
  readonly seq: number;
  readonly occurrences: number;
  readonly read: boolean;
  readonly seen: boolean;
  readonly archived: boolean;
  readonly deleted: boolean;
  readonly snoozed: boolean;
  readonly key: string;
  readonly level: string;
  readonly message: string;
  readonly description: string;
  readonly url: string;
  readonly actor: Thing | null;
  readonly verb: string;
  readonly action_object: Thing | null;
  readonly target: Thing | null;
  readonly data: unknown;
  readonly created: string;
}

/** Which items a change concerns: these, or all that arrived up to a rev. */
export interface Selection {
  readonly ids?: readonly number[];
  readonly upto?: number;
}

/** A push, or the reply to hello, sync or a command. Without `unread` it is a heartbeat. */
export interface Frame {
  readonly id?: number | null;
  readonly rev: number;
  readonly unread?: number;
  readonly unseen?: number;
  /** Where the frame starts; rev - 1 when absent. */
  readonly from?: number;
  readonly reset?: boolean;
  readonly put?: readonly Item[];
  readonly next?: string | null;
  readonly read?: Selection;
  readonly seen?: Selection;
  readonly archive?: Selection;
  readonly delete?: Selection;
  readonly snooze?: Selection;
  /** In the answer to subscribe and unsubscribe: whether this is subscribed to now. */
  readonly subscribed?: boolean;
  /** Seconds between heartbeats, told in the reply to hello. */
  readonly ping?: number;
}

/** Why a request was refused, or why it got no answer. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** Whether the same request may work later. */
  readonly temporary: boolean;
  /** Seconds to wait before trying again. */
  readonly retry?: number;
}

export interface ErrorFrame {
  readonly id?: number | null;
  readonly error: Problem;
}

/** The server's farewell: it closes with `code` right after it. */
export interface Bye {
  readonly code: number;
  readonly reason: string;
  /** Come back after a random time between these two, in seconds. */
  readonly retry?: readonly [number, number];
}

export interface ByeFrame {
  readonly bye: Bye;
}

export type ServerFrame = Frame | ErrorFrame | ByeFrame;

/** What the browser asks for; `hello` and `sync` ask for state, the rest change it. */
export type Command =
  | "hello"
  | "sync"
  | "page"
  | "read"
  | "unread"
  | "seen"
  | "archive"
  | "unarchive"
  | "delete"
  | "snooze"
  | "subscribe"
  | "unsubscribe";

/** The arguments of a command: `since`, `before`, `limit`, `ids`, `upto`, `until`, `key`, `target`. */
export type Args = Readonly<Record<string, unknown>>;

/** The frame in this text, or null when it is none: unknown frames are not ours to judge. */
export function parse(text: string): ServerFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  if ("bye" in value) return value as ByeFrame;
  if ("error" in value) return value as ErrorFrame;
  if ("rev" in value && typeof value.rev === "number") return value as Frame;
  return null;
}

export function isHeartbeat(frame: Frame): boolean {
  return frame.unread === undefined;
}
