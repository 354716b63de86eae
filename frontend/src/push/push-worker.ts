/**
 * The service worker: it shows what is pushed, and opens what is clicked.
 *
 * It has no `fetch` listener and controls no page, so it slows down nothing.
 */

import { PushApi } from "./push-api";

/** A message in the form of Declarative Web Push; the server always sends this form. */
interface Declared {
  readonly app_badge?: number;
  readonly notification?: NotificationOptions & {
    readonly title?: string;
    readonly navigate?: string;
    readonly data?: { readonly url?: string };
  };
}

/** What this needs of a service worker. The library of types has it beside that of pages only. */
export interface WorkerScope {
  readonly location: { readonly href: string; readonly hostname: string };
  readonly navigator: Partial<Pick<Navigator, "setAppBadge" | "clearAppBadge">>;
  readonly registration: Pick<ServiceWorkerRegistration, "showNotification" | "pushManager">;
  readonly clients: {
    matchAll(options: object): Promise<readonly Window[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(name: string, listener: (event: WorkerEvent) => void): void;
}

interface Window {
  readonly url: string;
  focus(): Promise<unknown>;
}

export interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
  readonly data?: { json(): unknown } | null;
  readonly notification?: { readonly data: unknown; close(): void };
  readonly newSubscription?: PushSubscription | null;
}

/** What a notification remembers until it is clicked. */
interface Remembered {
  /** What a click opens: an address that marks the notification as read. */
  readonly opens: string;
  /** Where that leads in the end; "" if it is not known. */
  readonly leads: string;
}

export function install(worker: WorkerScope): void {
  worker.addEventListener("install", () => void worker.skipWaiting());
  worker.addEventListener("push", (event) => event.waitUntil(show(worker, event)));
  worker.addEventListener("notificationclick", (event) => {
    event.notification?.close();
    const data = event.notification?.data as Remembered | null | undefined;
    event.waitUntil(open(worker, data ?? remembered(worker)));
  });
  worker.addEventListener("pushsubscriptionchange", (event) =>
    event.waitUntil(registerAgain(worker, event)),
  );
}

/** Shows a notification, whatever came: browsers punish a push that shows nothing. */
async function show(worker: WorkerScope, event: WorkerEvent): Promise<void> {
  const { app_badge, notification } = read(event);
  const { hostname } = worker.location;
  const anything = () =>
    worker.registration.showNotification(hostname, { data: remembered(worker) });
  await Promise.all([
    present(worker, notification ?? {}).catch(anything),
    badge(worker, app_badge),
  ]);
}

async function present(
  worker: WorkerScope,
  { title, navigate, data, ...options }: NonNullable<Declared["notification"]>,
): Promise<void> {
  const named = typeof title === "string" && title !== "" ? title : worker.location.hostname;
  await worker.registration.showNotification(named, {
    ...options,
    // What replaces an older notification makes itself heard again; without a tag, nothing does.
    ...{ renotify: Boolean(options.tag) },
    data: remembered(worker, navigate, data?.url),
  });
}

function remembered(worker: WorkerScope, opens = ".", leads = ""): Remembered {
  const absolute = (url: string) => new URL(url, worker.location.href).href;
  return { opens: absolute(opens), leads: leads && absolute(leads) };
}

function read(event: WorkerEvent): Declared {
  try {
    return (event.data?.json() as Declared | null) ?? {};
  } catch {
    return {};
  }
}

async function badge(worker: WorkerScope, count: number | undefined): Promise<void> {
  if (typeof count !== "number") return;
  try {
    if (count > 0) await worker.navigator.setAppBadge?.(count);
    else await worker.navigator.clearAppBadge?.();
  } catch {
    // The site is not installed, or the system shows no badges.
  }
}

/** Focuses the page that shows it already, and marks it as read; or else opens it. */
async function open(worker: WorkerScope, { opens, leads }: Remembered): Promise<void> {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = leads ? windows.find(({ url }) => url === leads) : undefined;
  if (!shown) {
    await worker.clients.openWindow(opens);
    return;
  }
  const read = fetch(opens, { redirect: "manual", credentials: "same-origin" });
  await Promise.allSettled([shown.focus(), read]);
}

/** Tells the server of the subscription that the browser has got in place of another. */
async function registerAgain(worker: WorkerScope, event: WorkerEvent): Promise<void> {
  const subscription =
    event.newSubscription ?? (await worker.registration.pushManager.getSubscription());
  if (!subscription) return; // the next page that is opened subscribes again
  const api = new PushApi(new URL("api/push/", worker.location.href).href);
  const { csrf_token } = await api.status();
  await api.register(subscription, csrf_token);
}
