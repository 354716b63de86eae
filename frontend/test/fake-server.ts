/** A server for one inbox, slow and forgetful by choice: what it does, and when, is up to the test. */

import type { Args, Frame, Problem } from "../src/wire/protocol";
import type { Database } from "./database";
import type { FakeWebSocket } from "./fake-socket";

export const INBOX = { inbox: "anna" };

interface Post {
  readonly command: string;
  readonly args: Args;
  settle(answer: Response | null): void;
}

export class FakeServer {
  readonly database: Database;
  /** The next command gets this error instead of being carried out. */
  refusal: Problem | null = null;
  /** Requests over HTTP that have not been answered. */
  posts: Post[] = [];
  #socket: FakeWebSocket | null = null;
  #read = 0;
  #outgoing: object[] = [];
  #greeted = false;

  constructor(database: Database) {
    this.database = database;
  }

  readonly fetch = (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const [path = "", query] = String(url).replace("/api/", "").split("?");
    const command = path === "notifications/" ? "page" : path.replace("/", "");
    const since = Object.fromEntries(new URLSearchParams(query));
    const args = query === undefined ? JSON.parse(String(init.body)) : since;
    return new Promise((resolve, reject) => {
      const settle = (answer: Response | null) =>
        answer ? resolve(answer) : reject(new TypeError("Failed to fetch"));
      this.posts.push({ command, args, settle });
    });
  };

  /** Whether nothing is under way any more. */
  get idle(): boolean {
    const unread = this.#socket ? this.#socket.sent.length - this.#read : 0;
    return this.posts.length === 0 && this.#outgoing.length === 0 && unread === 0;
  }

  open(socket: FakeWebSocket): void {
    this.#socket = socket;
    this.#read = 0;
    this.#outgoing = [];
    this.#greeted = false;
    socket.serverOpens();
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#outgoing = [];
    if (socket && socket.readyState !== socket.CLOSED) socket.serverCloses(1006);
  }

  /** Tells the connection, if there is one, of a change. */
  push(frame: object): void {
    if (this.#greeted) this.#outgoing.push(frame);
  }

  beat(): void {
    this.push({ rev: this.database.rev, beat: "x" });
  }

  /** Carries out the next frame of the connection. */
  readFrame(): void {
    const text = this.#socket?.sent[this.#read];
    if (text === undefined) return;
    this.#read += 1;
    const { id, rev, ...named } = JSON.parse(text) as { id: number; rev?: number };
    if (rev !== undefined) return;
    const [command, args] = Object.entries(named)[0] as [string, Args];
    if (command === "hello") this.#greeted = true;
    this.#outgoing.push({ id, ...this.#carryOut(command, args) });
  }

  /** Sends the next frame that is due. */
  sendFrame(): void {
    const frame = this.#outgoing.shift();
    if (frame) this.#socket?.serverSends(frame);
  }

  /** Answers a request over HTTP, after carrying it out or not. No answer is a lost one. */
  answerPost(place: number, carryOut: boolean, answer: boolean): void {
    const [post] = this.posts.splice(place, 1);
    if (!post) return;
    const frame = carryOut ? this.#carryOut(post.command, post.args) : null;
    if (frame && !("error" in frame) && frame.from !== frame.rev) this.push(frame);
    post.settle(answer && frame ? new Response(JSON.stringify(frame)) : null);
  }

  #carryOut(command: string, args: Args): Partial<Frame> & { error?: Problem } {
    const { database } = this;
    const since = args.since === undefined ? null : Number(args.since);
    if (command === "hello" || command === "sync") {
      return { ...database.sync(since), ...INBOX, ping: 0 };
    }
    if (command === "page") return database.page(String(args.before));
    if (args.inbox !== INBOX.inbox) throw new Error(`${command} does not say whose inbox it means`);
    const error = this.refusal;
    this.refusal = null;
    if (error) return { error };
    const { rev } = database;
    const frame = database.carryOut(command, args);
    return frame ?? { rev, from: rev, ...database.counters };
  }
}
