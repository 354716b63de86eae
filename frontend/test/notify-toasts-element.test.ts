import { describe, expect, it, vi } from "vitest";
import { settled } from "./builders";
import { FakeWebSocket } from "./fake-socket";
import {
  all,
  arrive,
  equipped,
  find,
  greet,
  open,
  openPageForEachTest,
  titles,
  toasts,
} from "./toasts-page";

openPageForEachTest();

it("follows its address: told to open no socket, it closes the one it has", async () => {
  const socket = FakeWebSocket.last();
  toasts.setAttribute("socket", "off");
  await equipped();
  expect(socket.readyState).toBe(FakeWebSocket.CLOSING);
  expect(FakeWebSocket.last()).toBe(socket);
  expect(toasts.client?.state.status).toBe("polling");
});

describe("the region", () => {
  it("shows only the levels that the page wants", async () => {
    await open('levels="warning, error"');
    await arrive({ level: "info" });
    await arrive({ level: "warning" });
    expect(all(".toast").map((toast) => toast.dataset.level)).toEqual(["warning"]);
  });

  it("says what arrives in regions that are there before, errors at once", async () => {
    const [status, alert] = [find("[role=status]"), find("[role=alert]")];
    expect(status.closest("[popover]")).toBeNull();
    await arrive({ message: "Tea" }, { message: "Fire", level: "error" });
    vi.advanceTimersByTime(1_000);
    expect(status.textContent).toBe("New notification: Tea");
    expect(alert.textContent).toBe("New notification: Fire");
  });

  it("leaves the focus alone until F6, and gives it back after Escape", async () => {
    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
    await arrive({ message: "First" });
    await arrive({ message: "Second", url: "/x/" });
    expect(document.activeElement).toBe(field);
    const press = (key: string, at: Element | null | undefined) => {
      const event = new KeyboardEvent("keydown", {
        key,
        bubbles: true,
        composed: true,
        cancelable: true,
      });
      at?.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(press("F6", field)).toBe(true);
    const root = toasts.shadowRoot;
    expect(root?.activeElement?.textContent).toBe("Second");
    press("Escape", root?.activeElement);
    expect(titles()).toEqual(["First"]);
    expect(root?.activeElement?.getAttribute("aria-label")).toBe("Mark as read: First");
    press("Escape", root?.activeElement);
    expect(document.activeElement).toBe(field);
    expect(press("F6", field)).toBe(false);
  });

  it("shows nothing in a tab that is not looked at, or while a panel is open", async () => {
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    await arrive({});
    hidden.mockReturnValue(false);
    expect(titles()).toEqual([]);
    const bell = document.createElement("notify-bell");
    bell.setAttribute("data-open", "");
    document.body.append(bell);
    await arrive({});
    expect(titles()).toEqual([]);
  });

  it("is empty when somebody else is signed in, and when it leaves the page", async () => {
    await arrive({ level: "error" });
    toasts.setAttribute("user", "8");
    expect(titles()).toEqual([]);
    await settled();
    await greet();
    await arrive({ level: "error" });
    toasts.remove();
    expect(titles()).toEqual([]);
    await settled();
    expect(FakeWebSocket.last().readyState).toBeGreaterThan(1);
  });

  it("speaks other languages", async () => {
    toasts.messages = { error: "Fehler", doTo: "{title}: {action}" };
    await arrive({ level: "error", message: "Feuer" });
    expect(find(".meta").textContent).toContain("Fehler");
    expect(find(".close").getAttribute("aria-label")).toBe("Feuer: Close");
  });

  it("is defined once, however often its script is loaded", async () => {
    vi.resetModules();
    await expect(import("../src/toasts/notify-toasts-element-define")).resolves.toBeDefined();
  });
});
