/** The moments in the life of a page that matter to its connection. */

export interface PageLifecycleListener {
  /** Back online, visible again, unfrozen, or restored from the back/forward cache. */
  onWake(): void;
  onOffline?(): void;
  /** Frozen, or entering the back/forward cache, which takes no page that holds a socket open. */
  onFreeze(): void;
  /** Somebody turned to the page, of all that they can see. */
  onFocus?(): void;
}

/** Listens until the returned function is called. */
export function watchPageLifecycle(listener: PageLifecycleListener): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const wake = () => listener.onWake();

  addEventListener("online", wake, { signal });
  addEventListener("offline", () => listener.onOffline?.(), { signal });
  addEventListener("pageshow", (event) => event.persisted && wake(), { signal });
  addEventListener("pagehide", (event) => event.persisted && listener.onFreeze(), { signal });
  addEventListener("focus", () => listener.onFocus?.(), { signal });
  document.addEventListener("resume", wake, { signal });
  document.addEventListener("freeze", () => listener.onFreeze(), { signal });
  document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
  return () => stop.abort();
}
