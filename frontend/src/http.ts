/** The same commands over plain HTTP, for when there is no open socket. */

import type { Args, Command, ErrorFrame, Frame } from "./protocol";
import { type Answer, failed } from "./requests";

export interface HttpOptions {
  /** The URL of the HTTP API; ends with a slash. */
  readonly url: string;
  readonly csrf?: () => string;
  readonly fetch?: typeof fetch;
  /** In milliseconds. */
  readonly timeout?: number;
}

/** The commands that only read, and therefore use GET, each with its path. */
const READS: Partial<Record<Command, string>> = { sync: "sync/", page: "notifications/" };

export class HttpApi {
  readonly #options: Required<HttpOptions>;

  constructor(options: HttpOptions) {
    this.#options = {
      csrf: csrfToken,
      fetch: (...args) => globalThis.fetch(...args),
      timeout: 10_000,
      ...options,
    };
  }

  async ask(command: Command, args: Args): Promise<Answer> {
    const { url, csrf, fetch, timeout } = this.#options;
    const signal = AbortSignal.timeout(timeout);
    const headers = { Accept: "application/json" };
    const read = READS[command];
    try {
      const response = read
        ? await fetch(`${url}${read}?${query(args)}`, { signal, headers })
        : await fetch(`${url}${command}/`, {
            method: "POST",
            signal,
            headers: { ...headers, "Content-Type": "application/json", "X-CSRFToken": csrf() },
            body: JSON.stringify(args),
            // The click that marks an item read often leaves the page as well.
            keepalive: true,
          });
      return await answer(response);
    } catch {
      return failed({
        code: "unreachable",
        message: "The server cannot be reached.",
        temporary: true,
      });
    }
  }
}

async function answer(response: Response): Promise<Answer> {
  const body = (await response.json().catch(() => null)) as Frame | ErrorFrame | null;
  if (body && "error" in body) return failed(body.error);
  if (response.ok && body && typeof body.rev === "number") return { ok: true, frame: body };
  return failed({
    code: `http_${response.status}`,
    message: `The server answered with status ${response.status}.`,
    temporary: response.status >= 500 || response.status === 429,
  });
}

function query(args: Args): string {
  return new URLSearchParams(
    Object.entries(args).map(([name, value]) => [name, String(value)]),
  ).toString();
}

/** Django's CSRF token: from a meta element if scripts cannot read the cookie, else from it. */
export function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (meta) return meta.content;
  return /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}
