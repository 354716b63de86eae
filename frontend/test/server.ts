/** A server of rn.1 for the tabs of a browser: one inbox for each account, and their sockets. */

import type { Frame, Selection } from "../src/wire/protocol";
import type { Browser, Tab } from "./browser";
import { Database } from "./database";

const PING = 25;

type Marks = "read" | "archive" | "delete";

export class Server {
  readonly inboxes = new Map<string, Database>();
  readonly sockets: Socket[] = [];
  /** Whose cookie the browser has. */
  account: string | null = "anna";
  browser!: Browser;
  /** How many connections may be open. */
  limit = 50;
  /** The names of the commands that came, in this order. */
  readonly commands: string[] = [];
  /** Commands that get no answer. */
  readonly ignored = new Set<string>();
  /** Commands that are answered with an error. */
  readonly fail = new Set<string>();
  readonly tickets: unknown[] = [];

  get open(): Socket[] {
    return this.sockets.filter((socket) => socket.readyState < 2);
  }

  inbox(account: string): Database {
    const database = this.inboxes.get(account) ?? new Database();
    this.inboxes.set(account, database);
    return database;
  }

  /** Changes an inbox, and pushes that. */
  push(frame: Frame | null, account = "anna", except?: Socket): void {
    for (const socket of this.open) {
      if (frame && socket.account === account && socket !== except) socket.serverSends(frame);
    }
  }

  notify(account = "anna"): void {
    this.push(this.inbox(account).notify(), account);
  }

  /** Sends a heartbeat on each connection. */
  beat(beat: string): void {
    for (const socket of this.open) this.#beat(socket, beat);
  }

  signOut(): void {
    for (const socket of this.open) if (socket.account === this.account) socket.sendAway(4501);
    this.account = null;
  }

  lose(tab: Tab): void {
    for (const socket of this.open) if (socket.tab === tab) socket.readyState = 3;
  }

  webSocketOf(tab: Tab): unknown {
    const server = this;
    return class extends Socket {
      constructor() {
        super(tab, server);
      }
    };
  }

  receive(socket: Socket, frame: Record<string, unknown>): void {
    if ("beat" in frame) {
      socket.answered.push(String(frame.beat));
      return;
    }
    const { id, ...rest } = frame;
    const [[command, args] = ["", {}]] = Object.entries(rest) as [string, Record<string, never>][];
    this.commands.push(command);
    if (command === "hello" && !socket.account && !this.#greet(socket, args)) return;
    const code = this.fail.has(command) ? "not_allowed" : !socket.account && "not_ready";
    if (code || !socket.account) {
      socket.serverSends({ id, error: { code, message: "", temporary: !socket.account } });
    } else if (!this.ignored.has(command)) {
      const ping = command === "hello" ? { ping: PING } : {};
      const answer = this.#answer(socket, socket.account, command, args);
      socket.serverSends({ id, ...answer, ...ping });
    }
  }

  #greet(socket: Socket, { ticket }: Record<string, unknown>): boolean {
    this.tickets.push(ticket);
    if (!this.account) socket.sendAway(4501);
    else if (this.open.length > this.limit) socket.sendAway(4009, [30, 120]);
    else {
      socket.account = this.account;
      this.#beatAgain(socket);
    }
    return socket.account !== null;
  }

  #beat(socket: Socket, beat: string): void {
    if (socket.account) socket.serverSends({ rev: this.inbox(socket.account).rev, beat });
  }

  #beatAgain(socket: Socket): void {
    this.browser.later(null, PING * 1000, () => {
      if (socket.readyState > 1) return;
      this.#beat(socket, "regular");
      this.#beatAgain(socket);
    });
  }

  #answer(socket: Socket, account: string, command: string, args: Record<string, never>): Frame {
    const database = this.inbox(account);
    if (command === "page") return database.page(args.before ?? null);
    if (command === "hello" || command === "sync") {
      const since = args.inbox === account ? (args.since ?? null) : null;
      return { ...database.sync(since), inbox: account };
    }
    const frame = database[command as Marks](args as Selection);
    this.push(frame, account, socket);
    return frame ?? { rev: database.rev, from: database.rev, ...database.counters };
  }
}

/** A WebSocket of a tab, and the server's hand on it. */
export class Socket {
  readonly tab: Tab;
  readonly #server: Server;
  readyState = 0;
  account: string | null = null;
  /** Neither side hears the other, and neither knows it. */
  broken = false;
  /** The heartbeats that were answered. */
  readonly answered: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(tab: Tab, server: Server) {
    this.tab = tab;
    this.#server = server;
    server.sockets.push(this);
    this.#later(tab, 5, () => {
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string): void {
    this.#later(null, 5, () => this.#server.receive(this, JSON.parse(text)));
  }

  close(): void {
    this.readyState = 3;
  }

  serverSends(frame: unknown): void {
    const data = JSON.stringify(frame);
    this.#later(this.tab, 5, () => this.onmessage?.({ data }));
  }

  sendAway(code: number, retry?: readonly [number, number]): void {
    this.serverSends({ bye: { code, reason: "", retry } });
    this.#later(this.tab, 5, () => {
      this.readyState = 3;
      this.onclose?.({ code });
    });
  }

  #later(tab: Tab | null, wait: number, run: () => void): void {
    this.tab.browser.later(tab, wait, () => this.readyState < 2 && !this.broken && run());
  }
}
