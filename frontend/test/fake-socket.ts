/**
 * The browser's WebSocket without a network: the real interface, and a server's hand on it.
 *
 * `FakeWebSocket.made` holds every socket ever constructed, in order; `last()` is the newest.
 * The methods named `server...` do what a server does.
 */

export class FakeWebSocket extends EventTarget implements WebSocket {
  static made: FakeWebSocket[] = [];
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  static last(): FakeWebSocket {
    const socket = FakeWebSocket.made.at(-1);
    if (!socket) throw new Error("Nobody has opened a socket yet.");
    return socket;
  }

  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly url: string;
  readonly protocol: string;
  readonly extensions = "";
  readonly bufferedAmount = 0;
  binaryType: BinaryType = "blob";
  readyState: 0 | 1 | 2 | 3 = 0;
  onopen: ((this: WebSocket, event: Event) => unknown) | null = null;
  onmessage: ((this: WebSocket, event: MessageEvent) => unknown) | null = null;
  onclose: ((this: WebSocket, event: CloseEvent) => unknown) | null = null;
  onerror: ((this: WebSocket, event: Event) => unknown) | null = null;
  readonly sent: string[] = [];

  constructor(url: string | URL, protocols: string | string[] = []) {
    super();
    this.url = String(url);
    this.protocol = [protocols].flat()[0] ?? "";
    FakeWebSocket.made.push(this);
  }

  send(data: string): void {
    if (this.readyState === this.CONNECTING) throw new Error("InvalidStateError");
    if (this.readyState === this.OPEN) this.sent.push(data);
  }

  close(): void {
    // The close event of a dead connection comes late, if ever: tests that need it call serverCloses.
    if (this.readyState < this.CLOSING) this.readyState = this.CLOSING;
  }

  serverOpens(): void {
    this.readyState = this.OPEN;
    this.onopen?.(new Event("open"));
  }

  serverSends(frame: unknown): void {
    const data = typeof frame === "string" ? frame : JSON.stringify(frame);
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  serverCloses(code: number): void {
    this.readyState = this.CLOSED;
    this.onclose?.(new CloseEvent("close", { code }));
  }

  /** What was sent, as values. */
  get frames(): Record<string, unknown>[] {
    return this.sent.map((text) => JSON.parse(text));
  }

  /** The last request with this command. */
  request(command: string): { id: number; args: Record<string, unknown> } {
    const frame = this.frames.findLast((sent) => command in sent);
    if (!frame) throw new Error(`No ${command} was sent, only ${this.sent.join(" ")}`);
    return { id: frame.id as number, args: frame[command] as Record<string, unknown> };
  }
}
