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
  const until = { signal: stop.signal };
  const wake = () => listener.onWake();

  addEventListener("online", wake, until);
  addEventListener("offline", () => listener.onOffline?.(), until);
  addEventListener("pageshow", (event) => event.persisted && wake(), until);
  addEventListener("pagehide", (event) => event.persisted && listener.onFreeze(), until);
  addEventListener("focus", () => listener.onFocus?.(), until);
  document.addEventListener("resume", wake, until);
  document.addEventListener("freeze", () => listener.onFreeze(), until);
  document.addEventListener("visibilitychange", () => document.hidden || wake(), until);
  return () => stop.abort();
}
