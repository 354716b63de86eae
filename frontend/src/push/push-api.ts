/** The browsers of the signed-in user, as the server keeps them. */

/** What the server says of a browser that is registered. */
export interface Registered {
  readonly id: number;
  /** The SHA-256 of its endpoint, in hexadecimal digits. */
  readonly digest: string;
}

interface Status {
  /** The site's public VAPID key, in base64url. */
  readonly key: string;
  readonly browsers: readonly Registered[];
  readonly csrf_token: string;
}

export class PushApi {
  readonly #url: string;

  /** @param url - the URL of `api/push/`; ends with a slash */
  constructor(url: string) {
    this.#url = url;
  }

  /** Rejects if nobody is signed in, or the server cannot be reached. */
  async status(): Promise<Status> {
    return (await ask(this.#url, {})) as Status;
  }

  async register(subscription: PushSubscription, token: string): Promise<void> {
    await ask(this.#url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(subscription),
    });
  }

  async remove(id: number, token: string): Promise<void> {
    await ask(`${this.#url}${id}/`, { method: "DELETE", headers: { "X-CSRFToken": token } });
  }
}

async function ask(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { credentials: "same-origin", ...init });
  if (!response.ok) throw new Error(`${url} answered with status ${response.status}.`);
  return response.json();
}

/** Returns what the server calls a subscription. */
export async function digestOf(subscription: PushSubscription): Promise<string> {
  const bytes = new TextEncoder().encode(subscription.endpoint);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
