/** Switches pushes to this browser on and off, and keeps them those of the right account. */

import { digestOf, PushApi } from "./push-api";

/**
 * - `off`, `on`: what they say
 * - `blocked`: the user has told the browser to refuse
 * - `unsupported`: the browser cannot do it
 * - `install`: it can, once the site is on the home screen (iPhone and iPad)
 */
export type PushState = "off" | "on" | "blocked" | "unsupported" | "install";

export interface PushSite {
  /** The URL of the HTTP API; ends with a slash. */
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** The pages that the service worker belongs to. */
  readonly scope: string;
  /** The site's public VAPID key, in base64url. */
  readonly key: string;
  /** The primary key of the user. */
  readonly user: string;
}

const OWNER = "realtime-notify-push";

export class PushSwitch {
  readonly #site: PushSite;
  readonly #api: PushApi;

  constructor(site: PushSite) {
    this.#site = site;
    this.#api = new PushApi(`${site.apiUrl}push/`);
  }

  /**
   * Returns the state, after putting right what has changed since the last page: another account
   * is signed in, the site has another key, or the server has forgotten the browser.
   *
   * It never asks for permission and never subscribes whoever has not asked for it.
   */
  async check(): Promise<PushState> {
    const state = possible();
    const subscription = await this.#subscription();
    if (!subscription) return state;
    if (state !== "off" || ownerHere() !== this.#site.user) {
      // Another account asked for it. This one may ask itself, which the other must not see.
      setOwner(null);
      await subscription.unsubscribe();
      return state;
    }
    if (Notification.permission !== "granted") return "off";
    await this.#renew(subscription);
    return "on";
  }

  /** Asks for permission, which needs a click, and subscribes. Rejects if that fails. */
  async turnOn(): Promise<PushState> {
    // Before anything else: the click counts for a moment only.
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return possible();
    const { workerUrl, scope } = this.#site;
    const registration = await navigator.serviceWorker.register(trusted(workerUrl), {
      scope,
      updateViaCache: "none",
    });
    await activated(registration);
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    await this.#subscribe(registration);
    setOwner(this.#site.user);
    return "on";
  }

  /** Ends the subscription. The server learns of it at once, or when it next sends. */
  async turnOff(): Promise<PushState> {
    setOwner(null);
    const subscription = await this.#subscription();
    if (!subscription) return possible();
    const digest = await digestOf(subscription);
    await subscription.unsubscribe();
    try {
      const { browsers, csrf_token } = await this.#api.status();
      const here = browsers.find((browser) => browser.digest === digest);
      if (here) await this.#api.remove(here.id, csrf_token);
    } catch {
      // The push service will tell it that the browser is gone.
    }
    return possible();
  }

  async #renew(subscription: PushSubscription): Promise<void> {
    const { key } = this.#site;
    const registration = await this.#registration();
    if (registration && keyOf(subscription) !== key) {
      await subscription.unsubscribe();
      await this.#subscribe(registration);
      return;
    }
    const digest = await digestOf(subscription);
    const { browsers, csrf_token } = await this.#api.status();
    if (browsers.some((browser) => browser.digest === digest)) return;
    await this.#api.register(subscription, csrf_token);
  }

  async #subscribe(registration: ServiceWorkerRegistration): Promise<void> {
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(this.#site.key),
    });
    try {
      const { csrf_token } = await this.#api.status();
      await this.#api.register(subscription, csrf_token);
    } catch (error) {
      await subscription.unsubscribe();
      throw error;
    }
  }

  async #registration(): Promise<ServiceWorkerRegistration | undefined> {
    const { scope } = this.#site;
    const found = await navigator.serviceWorker?.getRegistration(scope);
    // Without our worker it is one of the site's own, whose scope is wider.
    return found?.scope === new URL(scope, location.href).href ? found : undefined;
  }

  async #subscription(): Promise<PushSubscription | null> {
    const registration = await this.#registration();
    return (await registration?.pushManager?.getSubscription()) ?? null;
  }
}

/** Returns what is possible, `off` standing for everything. */
export function possible(): PushState {
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (can) return Notification.permission === "denied" ? "blocked" : "off";
  return isAppleMobile() && !isInstalled() ? "install" : "unsupported";
}

/** An iPad says that it is a Mac, but no Mac has a touch screen. */
function isAppleMobile(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}

function isInstalled(): boolean {
  return matchMedia("(display-mode: standalone)").matches;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** Vouches for a script of this site, as pages with `require-trusted-types-for` want it. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return url;
  policy ??= trustedTypes.createPolicy("realtime-notify", {
    createScriptURL(given) {
      if (new URL(given, location.href).origin === location.origin) return given;
      throw new TypeError(`A service worker must be of this site, not ${given}.`);
    },
  });
  return policy.createScriptURL(url);
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

async function activated(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return;
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("The service worker was not installed."));
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function keyOf(subscription: PushSubscription): string {
  const key = subscription.options.applicationServerKey;
  const text = String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0)));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function ownerHere(): string | null {
  try {
    return localStorage.getItem(OWNER);
  } catch {
    return null; // the browser keeps nothing for this site
  }
}

function setOwner(user: string | null): void {
  try {
    if (user === null) localStorage.removeItem(OWNER);
    else localStorage.setItem(OWNER, user);
  } catch {
    // as above
  }
}
