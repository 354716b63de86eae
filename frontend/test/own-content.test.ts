/** Rows that the page itself fills. */

import { expect, it } from "vitest";
import { all, bell, find, greet, openPageForEachTest, reply } from "./bell-page";
import { item, settled } from "./builders";

openPageForEachTest();

const ORDER = item(1, 10, {
  message: "<b>Order 7</b>",
  description: "Two teapots",
  data: { total: 12.5, secret: { nested: true } },
});

function addTemplate(html: string): void {
  const template = document.createElement("template");
  template.slot = "item";
  template.innerHTML = html;
  bell.append(template);
}

it("copies the template of the page, with texts of the item as text", async () => {
  addTemplate(
    '<b data-text="message" part="order"></b> <i data-text="data.total"></i>' +
      '<u data-text="actor.text"></u><s data-text="data.secret">x</s>',
  );
  await greet([ORDER]);
  bell.show();
  expect(find("[part=order]").textContent).toBe("<b>Order 7</b>");
  expect(find(".item-title i").textContent).toBe("12.5");
  expect(find<HTMLElement>(".item-title u").hidden).toBe(true);
  expect(find<HTMLElement>(".item-title s").textContent).toBe("");
  expect(find<HTMLElement>(".item-description").hidden).toBe(true);
  expect(find(".meta time").textContent).not.toBe("");
});

it("shows what renderItem makes, which is the row's link", async () => {
  bell.renderItem = ({ message }, row) => {
    row.dataset.kind = "order";
    return document.createTextNode(message.toUpperCase());
  };
  await greet([{ ...ORDER, url: "/orders/7/" }]);
  bell.show();
  expect(find(".item[data-kind=order] a[href] span:last-child").textContent).toBe("<B>ORDER 7</B>");
});

it("shows the usual content where renderItem returns nothing", async () => {
  bell.renderItem = () => null;
  await greet([ORDER]);
  bell.show();
  expect(find(".item-title").textContent).toContain("<b>Order 7</b>");
  expect(find(".item-description").textContent).toBe("Two teapots");
});

it("says so and shows the usual content where renderItem fails", async () => {
  const errors: unknown[] = [];
  bell.addEventListener("notify-error", ({ detail }) => errors.push(detail));
  bell.renderItem = () => {
    throw new Error("no total");
  };
  await greet([ORDER]);
  bell.show();
  expect(find(".item-title").textContent).toContain("<b>Order 7</b>");
  expect(errors).toMatchObject([
    { code: "render_item", message: "renderItem() failed for item 1: Error: no total" },
  ]);
});

it("keeps the focus on a row that is drawn again", async () => {
  bell.renderItem = ({ read }) => document.createTextNode(read ? "old" : "new");
  await greet([{ ...ORDER, url: "/orders/7/" }]);
  bell.show();
  const link = find(".item-title");
  link.focus();
  find(".mark-all").click();
  await reply("read", { rev: 11, unread: 0, unseen: 0, upto: 10 });
  await settled();
  expect(bell.shadowRoot?.activeElement).toBe(link);
  expect(all(".item").length).toBe(1);
});
