import { describe, expect, it } from "vitest";
import { all, find, openPageForEachTest, server } from "./bell-page";
import { item, push, settled } from "./builders";
import { open } from "./row-page";

openPageForEachTest();

describe("the picture of an item", () => {
  it("stands in the place of the icon, and is loaded when it comes into view", async () => {
    await open({ image: "/avatars/2.webp", level: "warning" });
    const picture = find<HTMLImageElement>(".avatar");
    expect(picture.getAttribute("src")).toBe("/avatars/2.webp");
    expect([picture.getAttribute("alt"), picture.getAttribute("loading")]).toEqual(["", "lazy"]);
    expect(find(".level").textContent).toBe("Warning");
  });

  it("is the one that the server allows, and none that is only in the data", async () => {
    await open({ image: "", data: { image: "https://evil.example/pixel.gif" } });
    expect(all("img")).toEqual([]);
    expect(find(".item-icon svg")).toBeTruthy();
  });

  it("gives way to the icon of the level if it cannot be loaded", async () => {
    await open({ image: "/avatars/2.webp" });
    find(".avatar").dispatchEvent(new Event("error"));
    expect(all(".avatar")).toEqual([]);
    expect(find(".item-icon svg")).toBeTruthy();
  });

  it("changes with the item, and only then", async () => {
    await open({ image: "/avatars/2.webp" });
    const before = find(".avatar");
    server().serverSends(push(11, [item(1, 11, { image: "/avatars/2.webp", read: true })]));
    await settled();
    expect(find(".avatar")).toBe(before);
    server().serverSends(push(12, [item(1, 12)]));
    await settled();
    expect(all(".avatar")).toEqual([]);
  });
});
