import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ReconnectingSocket, type SocketUrl } from "../src/connection/socket";
import type { TransportListener } from "../src/connection/transport";
import { FakeWebSocket } from "./fake-socket";

class Listener implements TransportListener {
  readonly log: string[] = [];
  onOpen = () => this.log.push("opened");
  onMessage = (text: string) => this.log.push(text);
  onLost = () => this.log.push("lost");
  onWake = () => this.log.push("woke");
  onStatusChange = () => {};
}

let listener: Listener;
let socket: ReconnectingSocket;

function start(url: SocketUrl = "/ws/"): void {
  listener = new Listener();
  socket = new ReconnectingSocket(url);
  socket.start(listener);
}

function setOnline(online: boolean): void {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(online);
  dispatchEvent(new Event(online ? "online" : "offline"));
}

function show(): void {
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.spyOn(Math, "random").mockReturnValue(1);
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

describe("a reconnecting socket", () => {
  it("opens the address of the page's own host with the protocol's name", () => {
    start();
    expect(FakeWebSocket.last().url).toBe(`${location.href.replace(/^http/, "ws")}ws/`);
    expect(FakeWebSocket.last().protocol).toBe("rn.1");
    expect(socket.status).toBe("connecting");
    FakeWebSocket.last().serverOpens();
    expect(socket.status).toBe("open");
    expect(listener.log).toEqual(["opened"]);
  });

  it("hands frames over and sends what it is given, but queues nothing while it is down", () => {
    start();
    expect(socket.send("early")).toBe(false);
    FakeWebSocket.last().serverOpens();
    expect(socket.send("now")).toBe(true);
    FakeWebSocket.last().serverSends('{"rev":1}');
    expect(listener.log).toEqual(["opened", '{"rev":1}']);
    expect(FakeWebSocket.last().sent).toEqual(["now"]);
  });

  it("waits longer after each failure, the first wait being random as well", () => {
    start();
    for (const wait of [500, 1000, 2000]) {
      FakeWebSocket.last().serverCloses(1006);
      expect(socket.status).toBe("waiting");
      const made = FakeWebSocket.made.length;
      vi.advanceTimersByTime(wait - 1);
      expect(FakeWebSocket.made.length).toBe(made);
      vi.advanceTimersByTime(1);
      expect(FakeWebSocket.made.length).toBe(made + 1);
    }
    vi.mocked(Math.random).mockReturnValue(0.5);
    FakeWebSocket.last().serverCloses(1006);
    vi.advanceTimersByTime(2000);
    expect(FakeWebSocket.made.length).toBe(5);
  });

  it("is polling after five failed handshakes, and then tries only every five minutes", () => {
    start();
    for (const wait of [500, 1000, 2000, 4000, 360_000, 360_000]) {
      FakeWebSocket.last().serverCloses(1006);
      const made = FakeWebSocket.made.length;
      expect(socket.status).toBe(wait < 5_000 ? "waiting" : "polling");
      vi.advanceTimersByTime(wait - 1);
      expect(FakeWebSocket.made.length).toBe(made);
      vi.advanceTimersByTime(1);
    }
    expect(socket.status).toBe("polling");
    FakeWebSocket.last().serverOpens();
    expect(socket.status).toBe("open");
  });

  it("does not take being offline for a network that lets no socket through", () => {
    setOnline(false);
    start();
    for (let failed = 0; failed < 10; failed += 1) {
      FakeWebSocket.last().serverCloses(1006);
      vi.advanceTimersByTime(30_000);
    }
    setOnline(true);
    expect(socket.status).toBe("connecting");
  });

  it("opens nothing without an address, and wakes its listener all the same", () => {
    start("");
    expect(socket.status).toBe("polling");
    vi.advanceTimersByTime(3_600_000);
    show();
    setOnline(false);
    expect(socket.status).toBe("offline");
    setOnline(true);
    expect(socket.status).toBe("polling");
    expect(FakeWebSocket.made.length).toBe(0);
    expect(listener.log).toEqual(["woke", "woke"]);
  });

  it("forgives failures only after a stretch of answers, not for a socket that merely opened", () => {
    start();
    FakeWebSocket.last().serverCloses(1006);
    vi.advanceTimersByTime(500);
    FakeWebSocket.last().serverOpens();
    vi.advanceTimersByTime(60_000);
    FakeWebSocket.last().serverCloses(1006);
    vi.advanceTimersByTime(999);
    expect(FakeWebSocket.made.length).toBe(2);
    vi.advanceTimersByTime(1);
    expect(FakeWebSocket.made.length).toBe(3);

    FakeWebSocket.last().serverOpens();
    FakeWebSocket.last().serverSends('{"rev":1}');
    vi.advanceTimersByTime(5_000);
    FakeWebSocket.last().serverCloses(1006);
    vi.advanceTimersByTime(500);
    expect(FakeWebSocket.made.length).toBe(4);
  });

  it("comes back within the time the server hints at, once", () => {
    start();
    FakeWebSocket.last().serverOpens();
    vi.mocked(Math.random).mockReturnValue(0.5);
    socket.onBye(4001, [2, 8]);
    FakeWebSocket.last().serverCloses(4001);
    vi.advanceTimersByTime(4_999);
    expect(FakeWebSocket.made.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(FakeWebSocket.made.length).toBe(2);
    FakeWebSocket.last().serverCloses(1006);
    vi.advanceTimersByTime(500);
    expect(FakeWebSocket.made.length).toBe(3);
  });

  it("waits as long as the server asked, whatever wakes the page meanwhile", () => {
    start();
    FakeWebSocket.last().serverOpens();
    vi.mocked(Math.random).mockReturnValue(0.5);
    socket.onBye(4009, [200, 400]);
    FakeWebSocket.last().serverCloses(4009);
    vi.advanceTimersByTime(200_000);
    show();
    setOnline(true);
    vi.advanceTimersByTime(99_999);
    expect(FakeWebSocket.made.length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(FakeWebSocket.made.length).toBe(2);
  });

  for (const code of [4500, 4503, 4999]) {
    it(`stays away for good after ${code}`, () => {
      start();
      FakeWebSocket.last().serverOpens();
      FakeWebSocket.last().serverCloses(code);
      vi.advanceTimersByTime(3_600_000);
      setOnline(true);
      show();
      vi.advanceTimersByTime(3_600_000);
      expect(FakeWebSocket.made.length).toBe(1);
      expect(socket.status).toBe("closed");
      expect(socket.reason).toBe(code);
    });
  }

  it("connects once more when the page of a signed-out user becomes visible", () => {
    start();
    FakeWebSocket.last().serverOpens();
    FakeWebSocket.last().serverCloses(4501);
    vi.advanceTimersByTime(3_600_000);
    expect(FakeWebSocket.made.length).toBe(1);
    expect(socket.status).toBe("closed");

    show();
    vi.advanceTimersByTime(5_000);
    expect(FakeWebSocket.made.length).toBe(2);
    FakeWebSocket.last().serverOpens();
    FakeWebSocket.last().serverCloses(4501);
    vi.advanceTimersByTime(3_600_000);
    expect(FakeWebSocket.made.length).toBe(2);
    expect(socket.reason).toBe(4501);
  });

  for (const code of [1000, 1006, 1011, 1012, 4001, 4008, 4009, 4010, 4029, 4499]) {
    it(`comes back after ${code}`, () => {
      start();
      FakeWebSocket.last().serverCloses(code);
      vi.advanceTimersByTime(500);
      expect(FakeWebSocket.made.length).toBe(2);
    });
  }

  it("believes the server's bye frame where a proxy replaced the close code", () => {
    start();
    FakeWebSocket.last().serverOpens();
    socket.onBye(4501);
    FakeWebSocket.last().serverCloses(1006);
    expect(socket.status).toBe("closed");
    expect(socket.reason).toBe(4501);
  });

  it("can be started anew after it was sent away", () => {
    start();
    FakeWebSocket.last().serverCloses(4501);
    socket.start(listener);
    FakeWebSocket.last().serverOpens();
    expect(FakeWebSocket.made.length).toBe(2);
    expect(socket.status).toBe("open");
    expect(socket.reason).toBe(null);
  });

  it("gives up a handshake that takes too long", () => {
    start();
    const slow = FakeWebSocket.last();
    vi.advanceTimersByTime(10_000);
    expect(socket.status).toBe("waiting");
    vi.advanceTimersByTime(500);
    expect(FakeWebSocket.made.length).toBe(2);
    slow.serverOpens();
    slow.serverSends('{"rev":9}');
    slow.serverCloses(4501);
    expect(socket.status).toBe("connecting");
    expect(listener.log).toEqual(["lost"]);
  });

  it("drops a connection that is silent for longer than a heartbeat and the grace", () => {
    start();
    FakeWebSocket.last().serverOpens();
    FakeWebSocket.last().serverSends('{"rev":1}');
    socket.onGreeted(25);
    vi.advanceTimersByTime(30_000);
    FakeWebSocket.last().serverSends('{"rev":1}');
    vi.advanceTimersByTime(34_000);
    expect(socket.status).toBe("open");
    vi.advanceTimersByTime(1_000);
    expect(socket.status).toBe("waiting");
    expect(listener.log.at(-1)).toBe("lost");
  });

  it("connects at once, spread a little, when the network or the page comes back", () => {
    for (const back of [() => setOnline(true), show]) {
      start();
      for (let failure = 0; failure < 8; failure += 1) {
        FakeWebSocket.last().serverCloses(1006);
        vi.advanceTimersByTime(failure < 7 ? 30_000 : 1_000);
      }
      const made = FakeWebSocket.made.length;
      back();
      vi.advanceTimersByTime(250);
      expect(FakeWebSocket.made.length).toBe(made + 1);
      socket.stop();
    }
  });

  it("says when it is offline, and still tries: the browser may be wrong about it", () => {
    start();
    FakeWebSocket.last().serverOpens();
    setOnline(false);
    expect(socket.status).toBe("offline");
    expect(listener.log).toEqual(["opened", "lost"]);
    vi.advanceTimersByTime(500);
    expect(FakeWebSocket.made.length).toBe(2);
  });

  it("asks for a sign of life when the page comes back after a silence, not otherwise", () => {
    start();
    FakeWebSocket.last().serverOpens();
    show();
    expect(listener.log).toEqual(["opened"]);
    vi.advanceTimersByTime(6_000);
    show();
    expect(listener.log).toEqual(["opened", "woke"]);
  });

  it("holds no socket in the history cache and connects when the page is shown again", () => {
    start();
    FakeWebSocket.last().serverOpens();
    dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }));
    vi.advanceTimersByTime(600_000);
    expect(FakeWebSocket.made.length).toBe(1);
    dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    vi.advanceTimersByTime(250);
    expect(FakeWebSocket.made.length).toBe(2);
  });

  it("never has two sockets, and after stop none", () => {
    start();
    FakeWebSocket.last().serverOpens();
    socket.reset();
    socket.reset();
    show();
    vi.advanceTimersByTime(60_000);
    expect(FakeWebSocket.made.filter((one) => one.readyState < 2).length).toBeLessThanOrEqual(1);
    socket.stop();
    const made = FakeWebSocket.made.length;
    setOnline(true);
    vi.advanceTimersByTime(60_000);
    expect(FakeWebSocket.made.length).toBe(made);
    expect(socket.status).toBe("idle");
  });

  it("survives a browser that refuses to construct a socket", () => {
    class Refusing extends FakeWebSocket {
      constructor() {
        super("x");
        throw new DOMException("no", "SecurityError");
      }
    }
    vi.stubGlobal("WebSocket", Refusing);
    start();
    expect(socket.status).toBe("waiting");
  });
});
