/** Brings elements of the page in line with those of a newer page, and leaves alone what is equal. */

/**
 * Gives an element the attributes and the content of a newer one.
 *
 * Elements stay, so focus, selection and listeners stay as well. Rows are recognised by `data-id`,
 * everything else by its place and kind.
 */
export function morph(element: Element, newer: Element): void {
  for (const { name } of [...element.attributes]) {
    if (!newer.hasAttribute(name)) element.removeAttribute(name);
  }
  for (const { name, value } of newer.attributes) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  morphContent(element, newer);
}

/** Gives an element the content of a newer one. */
export function morphContent(element: Element, newer: Element): void {
  const old = [...element.childNodes];
  const pairs = [...newer.childNodes].map((node) => [node, take(old, node)] as const);
  // Remove first: what stays then need not move, and keeps the focus.
  for (const node of old) node.remove();
  let place = element.firstChild;
  for (const [node, found] of pairs) {
    if (!found) element.insertBefore(document.importNode(node, true), place);
    else if (found === place) place = place.nextSibling;
    else element.insertBefore(found, place);
    if (!found) continue;
    if (found instanceof Element) morph(found, node as Element);
    else if (found.nodeValue !== node.nodeValue) found.nodeValue = node.nodeValue;
  }
}

/** Takes from the old nodes the one that a newer node stands for. */
function take(old: ChildNode[], newer: ChildNode): ChildNode | undefined {
  const id = idOf(newer);
  const place = old.findIndex((node) => node.nodeName === newer.nodeName && idOf(node) === id);
  return place < 0 ? undefined : old.splice(place, 1)[0];
}

function idOf(node: Node): string | null {
  return node.nodeType === Node.ELEMENT_NODE ? (node as Element).getAttribute("data-id") : null;
}
