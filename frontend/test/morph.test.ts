/** Bringing a list in line with a newer one. */

import { beforeEach, describe, expect, it } from "vitest";
import { morphContent } from "../src/inbox/morph";
import { keepPlace } from "../src/inbox/place";

const row = (id: number, text: string, action = "read") =>
  `<li data-id="${id}"><span>${text}</span><button value="${action}">${action}</button>` +
  '<button value="archive">Archive</button></li>';

let list: HTMLElement;

beforeEach(() => {
  document.body.innerHTML = `<section><h1>Inbox</h1><p>2 unread</p><ol>${row(2, "Two")}${row(1, "One")}</ol></section>`;
  list = document.querySelector("section") as HTMLElement;
});

function newer(...rows: string[]): Element {
  const other = document.createElement("section");
  other.innerHTML = `<h1>Inbox</h1><p>${rows.length} unread</p><ol>${rows.join("")}</ol>`;
  return other;
}

function texts(): (string | null)[] {
  return [...list.querySelectorAll("span")].map((span) => span.textContent);
}

function button(id: number, value: string): HTMLElement {
  return list.querySelector(`[data-id="${id}"] [value="${value}"]`) as HTMLElement;
}

describe("morphing", () => {
  it("adds, removes and orders rows, and keeps those that stay", () => {
    const two = list.querySelector('[data-id="2"]');
    morphContent(list, newer(row(3, "Three"), row(2, "Two")));
    expect(texts()).toEqual(["Three", "Two"]);
    expect(list.querySelector('[data-id="2"]')).toBe(two);
    expect(list.querySelector("p")?.textContent).toBe("2 unread");
  });

  it("moves a row that has come back to the top", () => {
    const one = list.querySelector('[data-id="1"]');
    morphContent(list, newer(row(1, "One again"), row(2, "Two")));
    expect(texts()).toEqual(["One again", "Two"]);
    expect(list.querySelector("li")).toBe(one);
  });

  it("turns one button into its opposite, which keeps the focus", () => {
    const toggle = button(2, "read");
    toggle.focus();
    morphContent(list, newer(row(2, "Two", "unread"), row(1, "One")));
    expect(document.activeElement).toBe(toggle);
    expect(toggle.getAttribute("value")).toBe("unread");
    expect(toggle.textContent).toBe("unread");
  });

  it("takes over and drops attributes", () => {
    list.querySelector("p")?.setAttribute("hidden", "");
    morphContent(list, newer(row(2, "Two"), row(1, "One")));
    expect(list.querySelector("p")?.hasAttribute("hidden")).toBe(false);
  });

  it("leaves an equal list alone", async () => {
    const changes: MutationRecord[] = [];
    const observer = new MutationObserver((records) => changes.push(...records));
    observer.observe(list, { subtree: true, childList: true, attributes: true });
    morphContent(list, newer(row(2, "Two"), row(1, "One")));
    await Promise.resolve();
    expect([...changes, ...observer.takeRecords()]).toEqual([]);
  });
});

describe("the place in the list", () => {
  it("is the same control of the next row when its row goes", () => {
    button(2, "archive").focus();
    keepPlace(list, () => morphContent(list, newer(row(1, "One"))));
    expect(document.activeElement).toBe(button(1, "archive"));
  });

  it("is the heading when all rows have gone", () => {
    button(2, "archive").focus();
    keepPlace(list, () => morphContent(list, newer()));
    expect(document.activeElement).toBe(list.querySelector("h1"));
  });

  it("stays where it is outside of the list", () => {
    keepPlace(list, () => morphContent(list, newer()));
    expect(document.activeElement).toBe(document.body);
  });
});
