import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "../src/client/index";
import { type Address, registry, release } from "../src/client/registry";
import { item, reset, settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";

interface Call {
  url: string;
  init: RequestInit;
}

const ADDRESS = { wsUrl: "wss://api.example/ws/", apiUrl: "https://api.example/n/", user: "7" };
const bearer = { Authorization: "Bearer t0ken" };
let calls: Call[];
let answer: () => Response;
let client: ReturnType<typeof connect>;

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  calls = [];
  answer = () => Response.json({ ticket: `ticket${calls.length}`, expires_in: 30 });
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    return answer();
  });
});

afterEach(async () => {
  client.disconnect();
  registry().clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function open(access: Partial<Address> = {}): FakeWebSocket {
  client = connect({ ...ADDRESS, ...access });
  FakeWebSocket.last().serverOpens();
  return FakeWebSocket.last();
}

function sent(name: string, call = calls.at(-1)): string | null {
  return new Headers(call?.init.headers).get(name);
}

describe("a client with a token", () => {
  it("gets a ticket for the socket, and says hello with it", async () => {
    const socket = open({ headers: () => bearer });
    await settled();
    expect(calls.map((call) => call.url)).toEqual(["https://api.example/n/ticket/"]);
    expect(calls[0]?.init.method).toBe("POST");
    expect(sent("Authorization")).toBe("Bearer t0ken");
    expect(sent("X-CSRFToken")).toBeNull();
    expect(socket.request("hello").args).toEqual({ ticket: "ticket1" });
    expect(socket.url).not.toContain("ticket");
  });

  it("gets a fresh one for each connection, as after 4401", async () => {
    const first = open({ headers: async () => bearer });
    await settled();
    first.serverSends({ id: first.request("hello").id, ping: 25, ...reset(10, [item(1, 10)]) });
    first.serverSends({ bye: { code: 4401, reason: "credentials have expired", retry: [0, 2] } });
    first.serverCloses(4401);
    vi.advanceTimersByTime(2_000);
    const second = FakeWebSocket.last();
    expect(second).not.toBe(first);
    second.serverOpens();
    await settled();
    expect(second.request("hello").args).toEqual({ since: 10, ticket: "ticket2" });
  });

  it("tries again later when it gets no ticket", async () => {
    answer = () => Response.json({ error: { code: "not_signed_in" } }, { status: 401 });
    const socket = open({ headers: () => bearer });
    await settled();
    expect(socket.sent).toEqual([]);
    answer = () => Response.json({ ticket: "late" });
    vi.advanceTimersByTime(500);
    FakeWebSocket.last().serverOpens();
    await settled();
    expect(FakeWebSocket.last().request("hello").args).toEqual({ ticket: "late" });
  });

  it("says nothing on a connection that was lost while it waited for the ticket", async () => {
    let give: (ticket: string) => void = () => {};
    const ticket = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const lost = open({ ticket });
    lost.serverCloses(1006);
    vi.advanceTimersByTime(500);
    const next = FakeWebSocket.last();
    give("stale");
    await settled();
    expect([lost.sent, next.sent]).toEqual([[], []]);
    next.serverOpens();
    give("fresh");
    await settled();
    expect(next.request("hello").args).toEqual({ ticket: "fresh" });
  });
});

describe("a client of another origin", () => {
  it("sends cookies and a CSRF token when it is told to, and needs no ticket", async () => {
    const socket = open({ credentials: "include", csrf: () => "from the server" });
    expect(socket.request("hello").args).toEqual({});
    socket.serverCloses(1006);
    answer = () => Response.json({ rev: 11, unread: 0, unseen: 0, read: { ids: [1] } });
    await client.markRead([1]);
    expect(calls.at(-1)?.init.credentials).toBe("include");
    expect(sent("X-CSRFToken")).toBe("from the server");
    await client.sync();
    expect(calls.at(-1)?.init.credentials).toBe("include");
  });

  it("is asked for the socket's address at each connection", () => {
    let number = 0;
    open({ wsUrl: () => `wss://api${++number}.example/ws/` }).serverCloses(1006);
    vi.advanceTimersByTime(500);
    expect(FakeWebSocket.made.map((socket) => socket.url)).toEqual([
      "wss://api1.example/ws/",
      "wss://api2.example/ws/",
    ]);
  });

  it("is shared with the bells of the same user and server", () => {
    open({ headers: () => bearer });
    const holder = {};
    expect(connect(ADDRESS)).toBe(client);
    release(client, holder);
  });
});

it("a page of the site itself sends its cookies and its CSRF token as ever", async () => {
  // biome-ignore lint/suspicious/noDocumentCookie: this is how Django gives it to scripts.
  document.cookie = "csrftoken=abc";
  open().serverCloses(1006);
  answer = () => Response.json({ rev: 1, unread: 0, unseen: 0 });
  await client.markRead([1]);
  expect(calls.at(-1)?.init.credentials).toBe("same-origin");
  expect(sent("X-CSRFToken")).toBe("abc");
});
