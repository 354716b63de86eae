/**
 * The vocabulary of protocol rn.1: the frames, the close codes and the error codes.
 *
 * Twin of `realtime_notify/wire/vocabulary.py` and `protocol.py`; all are held to the specimens in
 * `realtime_notify/testing/conformance/specimens`.
 */

export const SUBPROTOCOL = "rn.1";

/** Why the server closes. After 4000-4499 the browser reconnects, after 4500-4999 it does not. */
export enum Close {
  /** The server is shutting down, or cannot reach its database. */
  Draining = 4001,
  /** The browser sent no hello in time. */
  NoHello = 4008,
  /** The user has too many connections to this server process: others have to go first. */
  TooManyConnections = 4009,
  /** The browser left several heartbeats unanswered. */
  Stale = 4010,
  /** The server could not write a frame. */
  Failed = 4011,
  /** The browser kept sending after it had been rate limited. */
  TooFast = 4029,
  /** What vouched for the user has expired: come back with fresh credentials. */
  CredentialsExpired = 4401,
  /** The browser does not speak this protocol, or nothing is served at this path. */
  ProtocolError = 4500,
  /** The user is not signed in, or no longer: signed out, session expired, account inactive. */
  NotSignedIn = 4501,
  /** Pages of this origin may not connect. */
  NotAllowed = 4503,
}

/** Whether a close code means that the browser must not reconnect by itself. */
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

/** One user's copy of an event, with its whole state. */
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
  /** The type group of its type, or "". */
  readonly group: string;
  readonly level: string;
  readonly message: string;
  readonly description: string;
  readonly url: string;
  /** The URL of a picture, or "". */
  readonly image: string;
  readonly actor: Thing | null;
  readonly verb: string;
  readonly action_object: Thing | null;
  readonly target: Thing | null;
  readonly data: unknown;
  readonly created: string;
}

/** The items that a change concerns: those listed, or all that arrived up to a rev. */
export interface Selection {
  readonly ids?: readonly number[];
  readonly upto?: number;
}

/** A push, or the reply to hello, sync or a command. With `beat` it is a heartbeat. */
export interface Frame {
  readonly id?: number | null;
  readonly rev: number;
  readonly unread?: number;
  readonly unseen?: number;
  /** Whose rev it is; in resets and in the replies to hello and sync. */
  readonly inbox?: string;
  /** The rev that the frame starts from; rev - 1 when absent. */
  readonly from?: number;
  readonly reset?: boolean;
  readonly put?: readonly Item[];
  readonly next?: string | null;
  readonly read?: Selection;
  readonly seen?: Selection;
  readonly archive?: Selection;
  readonly delete?: Selection;
  readonly snooze?: Selection;
  /** In the reply to subscribe and unsubscribe: whether the user is subscribed now. */
  readonly subscribed?: boolean;
  /** Seconds between heartbeats; in the reply to hello. */
  readonly ping?: number;
  /** Only in heartbeats: sending it back proves that they were read. */
  readonly beat?: string;
  /** In heartbeats: seconds since the server compared with its database, if too many. */
  readonly age?: number;
}

/** Why a request was refused or got no reply. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
  /** Seconds to wait before trying again. */
  readonly retry?: number;
}

export interface ErrorFrame {
  readonly id?: number | null;
  readonly error: Problem;
}

/** The last frame of a connection: the server closes with `code` right after it. */
export interface Bye {
  readonly code: number;
  readonly reason: string;
  /** Reconnect after a random time between these two, in seconds. */
  readonly retry?: readonly [number, number];
}

export interface ByeFrame {
  readonly bye: Bye;
}

export type ServerFrame = Frame | ErrorFrame | ByeFrame;

/** What the browser can ask for: `hello`, `sync` and `page` read the inbox, the rest change it. */
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

/** The arguments of a command: `since`, `before`, `limit`, `group`, `ids`, `upto`, `until`, `key`, `target`. */
export type Args = Readonly<Record<string, unknown>>;

/** Parses a frame; null for text that is not a known frame, which a later server may send. */
export function parse(text: string): ServerFrame | null {
  try {
    const value = JSON.parse(text);
    return value.bye || value.error || typeof value.rev === "number" ? value : null;
  } catch {
    return null;
  }
}

/** A heartbeat is sent back as it is. */
export function isHeartbeat(frame: Frame): boolean {
  return frame.beat !== undefined;
}
