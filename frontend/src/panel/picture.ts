/** The picture of a row: whose it is or what it is about, else the icon of its level. */

import { icon } from "../view/controls";
import { h } from "../view/dom";

type Level = "success" | "warning" | "error" | "bell";

/** Draws a picture, which is loaded when it comes into view. The icon stands in if it fails. */
export function drawPicture(place: HTMLElement, url: string, level: Level): void {
  if (!url) {
    place.replaceChildren(icon(level));
    return;
  }
  const image = h("img", "avatar", { alt: "", loading: "lazy", decoding: "async", src: url });
  image.addEventListener("error", () => {
    if (image.isConnected) place.replaceChildren(icon(level));
  });
  place.replaceChildren(image);
}
