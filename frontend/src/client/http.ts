/** The same commands over plain HTTP, for when there is no open socket. */

import type { Args, Command, ErrorFrame, Frame } from "../wire/protocol";
import type { OptOut, Preferences } from "./preferences";
import { type Answer, failed, UNREACHABLE } from "./requests";

/** How requests say who sends them. By default it is the session cookie of the page's own site. */
export interface Access {
  /** Whether requests carry cookies: `"include"` for a server at another origin. */
  readonly credentials?: RequestCredentials;
  /** Headers of each request, such as `Authorization`. They may be waited for. */
  readonly headers?: () => Headers | Promise<Headers>;
  /** The CSRF token of each request that changes something; with `headers` there is none. */
  readonly csrf?: () => string;
}

type Headers = Readonly<Record<string, string>>;

export interface HttpOptions extends Access {
  /** The URL of the HTTP API; ends with a slash. */
  readonly url: string;
}

/** How long an answer may take, in milliseconds. */
const PATIENCE = 10_000;

/** The commands that only read, and therefore use GET, each with its path. */
const READS: Partial<Record<Command, string>> = { sync: "sync/", page: "notifications/" };

export class HttpApi {
  readonly #options: HttpOptions;
  /** The last question, and the ETag of its answer. */
  #known: { readonly path: string; readonly tag: string } | null = null;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async ask(command: Command, args: Args): Promise<Answer> {
    const read = READS[command];
    try {
      return await (read
        ? this.#get(`${read}?${new URLSearchParams(args as Record<string, string>)}`)
        : answer(await this.#post(`${command}/`, args)));
    } catch {
      return failed(UNREACHABLE);
    }
  }

  /** Gets a ticket for the socket, which can send no headers of its own. Rejects without one. */
  async ticket(): Promise<string> {
    const response = await this.#post("ticket/", {});
    const { ticket } = (await response.json()) as { ticket?: unknown };
    if (typeof ticket !== "string") throw new Error(`No ticket: status ${response.status}.`);
    return ticket;
  }

  /** Gets an answer, or one without a frame if it is the same as the last time. */
  async #get(path: string): Promise<Answer> {
    const known = this.#known?.path === path ? this.#known : null;
    const response = await this.#fetch(
      path,
      known ? { headers: { "If-None-Match": known.tag } } : {},
    );
    if (response.status === 304) return { ok: true };
    // Another origin's ETag can be read only if it says so; without one the answer is sent again.
    const tag = response.headers.get("ETag");
    this.#known = response.ok && tag ? { path, tag } : null;
    return answer(response);
  }

  /** Reads the preferences; null without them. A change is saved first. */
  async preferences(change?: OptOut): Promise<Preferences | null> {
    const path = "preferences/";
    try {
      const response = await (change ? this.#post(path, { ...change }) : this.#fetch(path));
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  #post(path: string, args: Args): Promise<Response> {
    const { headers, csrf = headers ? () => "" : csrfToken } = this.#options;
    const token = csrf();
    return this.#fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(token && { "X-CSRFToken": token }) },
      body: JSON.stringify(args),
      // The click that marks an item read often leaves the page as well.
      keepalive: true,
    });
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, credentials = "same-origin", headers } = this.#options;
    const given = await headers?.();
    return fetch(`${url}${path}`, {
      ...init,
      credentials,
      signal: AbortSignal.timeout(PATIENCE),
      headers: { Accept: "application/json", ...(init.headers as Headers), ...given },
    });
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

/** Django's CSRF token: from a meta element if scripts cannot read the cookie, else from it. */
export function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (meta) return meta.content;
  return /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}
