import { describe, expect, it, vi } from "vitest";
import {
  all,
  bell,
  click,
  find,
  greet,
  openPageForEachTest,
  press,
  reply,
  server,
} from "./bell-page";
import { item, settled } from "./builders";

openPageForEachTest();

function focused(): Element | null {
  return bell.shadowRoot?.activeElement ?? null;
}

describe("the controls of the panel", () => {
  it("have names that say which item they are for", async () => {
    await greet([item(1, 10, { message: "Deploy" })]);
    click(".trigger");
    expect(find(".mark-read").getAttribute("title")).toBe("Mark as read: Deploy");
    expect(find(".archive").getAttribute("title")).toBe("Archive: Deploy");
  });

  it("mark one read and unread again, keeping the focus", async () => {
    await greet([item(1, 10), item(2, 9)]);
    click(".trigger");
    const toggle = find(".mark-read");
    toggle.focus();
    click(".mark-read");
    await settled();
    expect(find("li").hasAttribute("data-unread")).toBe(false);
    await reply("read", { rev: 11, unread: 1, unseen: 1, read: { ids: [1] } });
    expect(find("li").hasAttribute("data-unread")).toBe(false);
    expect(bell.shadowRoot?.activeElement).toBe(toggle);
    expect(toggle.getAttribute("title")).toBe("Mark as unread: Message 1");
    click(".mark-read");
    expect(server().request("unread").args).toEqual({ ids: [1] });
  });

  it("archive an item, and the focus goes to the same control of the next one", async () => {
    await greet([item(3, 10), item(2, 9), item(1, 8)]);
    click(".trigger");
    const focusOf = () => bell.shadowRoot?.activeElement?.getAttribute("title") ?? null;
    for (const [id, next] of [
      [2, "Archive: Message 1"],
      [1, "Archive: Message 3"],
      [3, null],
    ] as const) {
      const button = find(`[data-id="${id}"] .archive`);
      button.focus();
      click(`[data-id="${id}"] .archive`);
      expect(server().request("archive").args).toEqual({ ids: [id] });
      const rev = 10 + server().frames.filter((frame) => "archive" in frame).length;
      await reply("archive", { rev, unread: 0, unseen: 0, archive: { ids: [id] } });
      expect(focusOf()).toBe(next);
    }
    expect(bell.shadowRoot?.activeElement).toBe(find("h2"));
  });

  it("mark all, once there is something to mark", async () => {
    await greet();
    click(".trigger");
    click(".mark-all");
    await reply("read", { rev: 11, unread: 0, unseen: 0, read: { upto: 10 } });
    expect(find(".mark-all").getAttribute("aria-disabled")).toBe("true");
    const sent = server().sent.length;
    click(".mark-all");
    expect(server().sent.length).toBe(sent);
  });

  it("load more, and the keyboard goes on at the first new item", async () => {
    await greet([item(2, 10, { url: "/x" })], { next: "c10" });
    click(".trigger");
    find(".load-more").focus();
    click(".load-more");
    expect(server().request("page").args).toEqual({ before: "c10" });
    await reply("page", { rev: 10, put: [item(1, 5, { url: "/x" })], next: null });
    expect(all("li").length).toBe(2);
    expect(find(".load-more").hidden).toBe(true);
    expect(bell.shadowRoot?.activeElement).toBe(all(".item-title")[1]);
  });

  it("step through the list with the arrow keys, or j and k, along the same kind of control", async () => {
    await greet([item(3, 10, { url: "/x" }), item(2, 9), item(1, 8)]);
    click(".trigger");
    for (const kind of [".archive", ".item-title"]) {
      find(kind).focus();
      for (const [key, place] of [
        ["ArrowDown", 1],
        ["j", 2],
        ["ArrowDown", 2],
        ["ArrowUp", 1],
        ["k", 0],
        ["End", 2],
        ["Home", 0],
      ] as const) {
        press(key);
        expect(focused(), `${kind} ${key}`).toBe(all(kind)[place]);
      }
    }
    press("End", { ctrlKey: true });
    expect(focused()).toBe(all(".item-title")[0]);
  });

  it("are entered with the arrow keys: upwards at the last item, downwards at the first", async () => {
    await greet([item(2, 10, { url: "/x" }), item(1, 9)]);
    click(".trigger");
    for (const outside of [".mark-all", ".see-all"]) {
      find(outside).focus();
      press("ArrowUp");
      expect(focused(), outside).toBe(all(".item-title")[1]);
      find(outside).focus();
      press("ArrowDown");
      expect(focused(), outside).toBe(all(".item-title")[0]);
    }
  });

  it("are in the tab order in one row only: the one that was used last", async () => {
    await greet([item(3, 10), item(2, 9), item(1, 8)]);
    click(".trigger");
    const tabbable = () => all("li [tabindex='0']").map((one) => one.closest("li")?.dataset.id);
    expect(new Set(tabbable())).toEqual(new Set(["3"]));
    find('[data-id="2"] .archive').focus();
    expect(new Set(tabbable())).toEqual(new Set(["2"]));
    server().serverSends({ rev: 11, unread: 2, unseen: 0, archive: { ids: [2] } });
    await settled();
    expect(new Set(tabbable())).toEqual(new Set(["1"]));
    expect(focused()).toBe(find('[data-id="1"] .archive'));
  });

  it("have keys: r and u mark, e archives, Delete and # delete", async () => {
    await greet([1, 2, 3, 4].map((id) => item(id, 10 - id)));
    click(".trigger");
    find(".item-title").focus();
    let rev = 10;
    for (const [key, id, command] of [
      ["r", 1, "read"],
      ["u", 1, "unread"],
      ["e", 1, "archive"],
      ["Delete", 2, undefined],
      ["#", 3, undefined],
    ] as const) {
      press(key, { shiftKey: key === "#" });
      await settled();
      if (!command) continue;
      expect(server().request(command).args, key).toEqual({ ids: [id] });
      // What concerns the same item waits for the answer.
      rev += 1;
      await reply(command, { rev, unread: 0, unseen: 0, [command]: { ids: [id] } });
    }
    expect(all("li").map((row) => row.dataset.id)).toEqual(["4"]);
    expect(focused()).toBe(find(".item-title"));
  });

  it("leave keys with a modifier alone, those outside of a row, and those typed into a field", async () => {
    await greet([item(1, 10)]);
    click(".trigger");
    const sent = server().sent.length;
    find(".item-title").focus();
    for (const modifier of ["ctrlKey", "metaKey", "altKey"]) press("e", { [modifier]: true });
    find(".mark-all").focus();
    press("e");
    const field = document.createElement("input");
    find(".card").append(field);
    field.focus();
    press("e");
    expect(server().sent.length).toBe(sent);
    expect(focused()).toBe(field);
  });

  it("are explained by ?, in the panel", async () => {
    bell.setAttribute("menu-url", "/src/menu/notify-menu.ts");
    await greet();
    click(".trigger");
    find(".item-title").focus();
    press("?", { shiftKey: true });
    await vi.waitFor(() => expect(find(".help").getAttribute("role")).toBe("dialog"));
    expect(find(".help").textContent).toContain("e Archive");
  });

  it("have a title for an item without a link, which the keyboard presses as a button", async () => {
    await greet([item(1, 10)]);
    click(".trigger");
    expect(find(".item-title").getAttribute("role")).toBe("button");
    find(".item-title").focus();
    press("Enter");
    expect(server().request("read").args).toEqual({ ids: [1] });
  });

  it("show that an action failed", async () => {
    await greet();
    click(".trigger");
    const failed = vi.fn();
    bell.addEventListener("notify-error", failed);
    click(".mark-read");
    await reply("read", { error: { code: "http_403", message: "No.", temporary: false } });
    expect(find("[role=alert]").textContent).toBe("That did not work. Please try again.");
    expect(failed).toHaveBeenCalledTimes(1);
  });

  it("let the page decide where a click on an item leads", async () => {
    await greet([item(1, 10, { url: "/x" })]);
    click(".trigger");
    bell.addEventListener("notify-click", (event) => event.preventDefault());
    const event = new MouseEvent("click", { bubbles: true, composed: true, cancelable: true });
    find(".item-title").dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    expect(server().request("read").args).toEqual({ ids: [1] });
  });

  it("mark an item without a link read when it is clicked", async () => {
    await greet();
    click(".trigger");
    click(".item-title");
    expect(server().request("read").args).toEqual({ ids: [1] });
  });

  it("give the page the click that chose an item", async () => {
    await greet([item(1, 10, { url: "/x" })]);
    click(".trigger");
    const chosen: Event[] = [];
    bell.addEventListener("notify-click", ({ detail }) => chosen.push(detail.originalEvent));
    const event = click(".item-title", { ctrlKey: true });
    expect(chosen).toEqual([event]);
  });

  it("leave an item alone whose text is being selected, but not one that the keyboard chose", async () => {
    await greet();
    click(".trigger");
    const chosen = vi.fn();
    bell.addEventListener("notify-click", chosen);
    document.body.append("Some words");
    getSelection()?.selectAllChildren(document.body);
    click(".item-title");
    expect(chosen).not.toHaveBeenCalled();
    click(".item-title", { detail: 0 });
    expect(chosen).toHaveBeenCalledTimes(1);
  });
});
