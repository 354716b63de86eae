import { describe, expect, it, vi } from "vitest";
import { all, bell, click, find, openPageForEachTest, server } from "./bell-page";
import { item, push, settled } from "./builders";
import { open } from "./row-page";

openPageForEachTest();

const APPROVE = { label: "Approve", url: "/orders/7/approve/", method: "POST", style: "primary" };
const SEE = { label: "See it", url: "/orders/7/" };

/** Answers requests of the page with these statuses, and returns what was asked. */
function serve(...statuses: number[]): { url: string; init: RequestInit }[] {
  const asked: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(null, { status: statuses.shift() ?? 500 });
  });
  return asked;
}

describe("the actions of an event", () => {
  it("are links and buttons, whose labels are never markup", async () => {
    await open({ data: { actions: [{ ...APPROVE, label: "<b>Approve</b>" }, SEE] } });
    expect(all(".offer").map((offer) => [offer.tagName, offer.textContent])).toEqual([
      ["BUTTON", "<b>Approve</b>"],
      ["A", "See it"],
    ]);
    expect(find("a.offer").getAttribute("href")).toBe("/orders/7/");
  });

  it("send the answer, mark the notification read, and say so", async () => {
    document.head.innerHTML = '<meta name="csrf-token" content="abc">';
    const asked = serve(204);
    await open({ data: { actions: [APPROVE] } });

    click("button.offer");
    expect(find("button.offer").getAttribute("aria-disabled")).toBe("true");
    click("button.offer");
    await settled();

    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ url: APPROVE.url, init: { method: "POST" } });
    // A redirect leads to a login page, which answers 200.
    expect(asked[0]?.init.redirect).toBe("manual");
    expect(asked[0]?.init.headers).toMatchObject({ "X-CSRFToken": "abc" });
    expect(find(".answer").textContent).toBe("Done: Approve");
    expect(server().request("read")).toMatchObject({ args: { ids: [1] } });
  });

  it("stay, and say that it did not work, where the server refuses", async () => {
    serve(409, 200);
    await open({ data: { actions: [APPROVE] } });

    click("button.offer");
    await settled();
    expect(find(".offer-error").textContent).toBe("That did not work. Please try again.");
    expect(find("button.offer").hasAttribute("aria-disabled")).toBe(false);

    click("button.offer");
    await settled();
    expect(find(".answer").textContent).toBe("Done: Approve");
  });

  it("post to no other site, and say so in the console", async () => {
    const asked = serve(200);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await open({ data: { actions: [{ ...APPROVE, url: "https://evil.example/" }] } });

    click("button.offer");
    await settled();

    expect(asked).toEqual([]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("https://evil.example/"));
    expect(find(".offer-error").textContent).not.toBe("");
  });

  it("that lead somewhere mark it read, and the page may stop them", async () => {
    await open({ data: { actions: [SEE] } });
    bell.addEventListener("notify-click", (event) => event.preventDefault());

    const event = click("a.offer");

    expect(event.defaultPrevented).toBe(true);
    expect(server().request("read")).toMatchObject({ args: { ids: [1] } });
  });

  it("change when the event is edited, and stay the same elements otherwise", async () => {
    await open({ data: { actions: [APPROVE] } });
    const before = find(".offer");
    server().serverSends(push(11, [item(1, 11, { data: { actions: [APPROVE] } })]));
    await settled();
    expect(find(".offer")).toBe(before);

    server().serverSends(push(12, [item(1, 12, { data: null })]));
    await settled();
    expect(all(".offer")).toEqual([]);
  });

  it("that no server has checked do no harm", async () => {
    const actions = [null, 7, { label: 1 }, { label: "x", url: "javascript:alert(1)" }];
    await open({ data: { actions } });
    expect(all(".offer")).toEqual([]);
  });
});
