import type { Item } from "../wire/protocol";

/** The title of an item: its message, or a sentence of actor, verb and objects. */
export function headline(item: Item, untitled: string): string {
  if (item.message) return item.message;
  const { actor, verb, action_object: object, target } = item;
  const words = [actor?.text, verb, object?.text, target?.text].filter(Boolean);
  return words.join(" ") || untitled;
}
