/** The panel's texts in the language of the page, which the server's catalogue has. */

import type { Messages } from "../bell/bell-messages";

/** How long to wait for them, in milliseconds. A panel in English is better than none. */
const TIMEOUT = 3_000;

export class PanelTexts {
  /** What there is so far; English is not among it. */
  loaded: Partial<Messages> = {};
  #url: string | null = null;

  /** Fetches the texts at `texts-url`, unless they are here. Returns whether there are others now. */
  async load(host: HTMLElement): Promise<boolean> {
    const url = host.getAttribute("texts-url");
    if (url === this.#url) return false;
    this.#url = url;
    const texts = url ? await fetchTexts(url) : {};
    if (url !== this.#url) return false;
    this.loaded = texts;
    return true;
  }
}

async function fetchTexts(url: string): Promise<Partial<Messages>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}
