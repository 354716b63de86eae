import { describe, expect, it } from "vitest";
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
import { item, push, settled } from "./builders";

openPageForEachTest();

const ITEMS = [
  item(3, 10, { message: "New post", group: "blog" }),
  item(2, 9, { message: "Old post", group: "blog", read: true }),
  item(1, 8, { message: "Other" }),
];

async function open(tabs?: string): Promise<void> {
  if (tabs !== undefined) bell.setAttribute("tabs", tabs);
  await greet(ITEMS);
  click(".trigger");
  await settled();
}

const shown = () => all(".item-title").map((title) => title.lastElementChild?.textContent);
const labels = () => all("[role=tab]").map((tab) => tab.textContent);
const chosen = () => find("[aria-selected=true]").textContent;

async function choose(label: string): Promise<void> {
  all("[role=tab]")
    .find((tab) => tab.textContent === label)
    ?.click();
  await settled();
}

describe("the tabs", () => {
  it("are by default all and what is unread", async () => {
    await open();
    expect(labels()).toEqual(["All", "Unread"]);
    expect(chosen()).toBe("All");

    await choose("Unread");

    expect(chosen()).toBe("Unread");
    expect(shown()).toEqual(["New post", "Other"]);
  });

  it("are those that the page names, with its own names for type groups", async () => {
    await open("all unread archived group:blog=Posts of the day");
    expect(labels()).toEqual(["All", "Unread", "Archived", "Posts of the day"]);

    await choose("Posts of the day");

    expect(shown()).toEqual(["New post", "Old post"]);
  });

  it("do not appear where there is only one list", async () => {
    await open("");
    expect(find(".tabs").hidden).toBe(true);
    expect(shown()).toHaveLength(3);
  });

  it("follow what happens", async () => {
    await open();
    await choose("Unread");

    server().serverSends(push(11, [item(4, 11, { message: "Newest" })]));
    server().serverSends({ rev: 12, unread: 2, unseen: 0, read: { ids: [1] } });
    await settled();

    expect(shown()).toEqual(["Newest", "New post"]);
  });

  it("ask for the archive, from where items move back", async () => {
    await open("all, archived");
    await choose("Archived");
    expect(find(".skeleton").hidden).toBe(false);
    await reply("page", { rev: 10, put: [item(9, 5, { archived: true })], next: null });
    expect(shown()).toEqual(["Message 9"]);
    expect(find(".archive").getAttribute("title")).toBe("Move to the inbox: Message 9");

    click(".archive");

    expect(server().request("unarchive")).toMatchObject({ args: { ids: [9] } });
  });

  it("say that an empty list is empty, and not that all is read", async () => {
    await open("all, archived");
    await choose("Archived");
    await reply("page", { rev: 10, put: [], next: null });
    expect(find(".empty").textContent).toBe("Nothing here");
  });

  it("are one stop of the Tab key, with arrow keys to the others", async () => {
    await open("all, unread, archived");
    expect(all("[role=tab]").map((tab) => tab.tabIndex)).toEqual([0, -1, -1]);
    find("[aria-selected=true]").focus();

    press("ArrowRight");
    await settled();
    expect([chosen(), shown()]).toEqual(["Unread", ["New post", "Other"]]);
    expect(bell.shadowRoot?.activeElement?.textContent).toBe("Unread");

    press("End");
    press("ArrowRight");
    await settled();
    expect(chosen()).toBe("All");
    expect(shown()).toHaveLength(3);
  });

  it("stay as they were chosen while the page is open", async () => {
    await open();
    await choose("Unread");
    bell.hide();
    click(".trigger");
    await settled();
    expect(shown()).toEqual(["New post", "Other"]);
  });

  it("show nothing of an account that another one has followed", async () => {
    await open();
    await choose("Unread");

    bell.setAttribute("user", "8");
    await settled();
    expect(shown()).toEqual([]);

    await greet([item(7, 10, { message: "Of Ben" })], { inbox: "ben" });
    await settled();
    expect(shown()).toEqual(["Of Ben"]);
    expect(chosen()).toBe("Unread");
  });
});
