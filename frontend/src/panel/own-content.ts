/** What the page itself shows in a row, in place of the title and the description. */

import type { PanelHost } from "../bell/panel-host";
import { dispatch } from "../view/bell-events";
import type { Item } from "../wire/protocol";

/** Returns the page's own content of an item, or null for the usual one. */
export function ownContent(host: PanelHost, item: Item, row: HTMLElement): Node | null {
  try {
    if (host.renderItem) return host.renderItem(item, row) ?? null;
    const template = host.querySelector<HTMLTemplateElement>('template[slot="item"]');
    return template && filled(template, item);
  } catch (error) {
    // The list must not suffer from a mistake of the page's.
    dispatch(host, "notify-error", {
      code: "render_item",
      message: `renderItem() failed for item ${item.id}: ${error}`,
      temporary: false,
    });
    return null;
  }
}

/** Copies a template, with a text of the item in each element that asks for one by `data-text`. */
function filled(template: HTMLTemplateElement, item: Item): Node {
  const content = document.importNode(template.content, true);
  for (const element of content.querySelectorAll<HTMLElement>("[data-text]")) {
    const text = textAt(item, element.dataset.text ?? "");
    element.textContent = text;
    element.hidden = !text;
  }
  return content;
}

/** The text at a path such as `message`, `actor.text` or `data.order.total`; "" if there is none. */
function textAt(item: Item, path: string): string {
  let value: unknown = item;
  for (const name of path.split(".")) {
    value = value && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : null;
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
