/** What the page tells about itself that matters to a connection. */

export interface PageWatcher {
  /** Back online, back in view, or back from the history cache. */
  woke(): void;
  wentOffline(): void;
  /** Going into the history cache, where no socket may be held. */
  wentAway(): void;
}

/** Watches until the returned function is called. */
export function watchPage(watcher: PageWatcher): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const woke = () => watcher.woke();

  addEventListener("online", woke, { signal });
  addEventListener("offline", () => watcher.wentOffline(), { signal });
  addEventListener("pageshow", (event) => event.persisted && watcher.woke(), { signal });
  addEventListener("pagehide", (event) => event.persisted && watcher.wentAway(), { signal });
  document.addEventListener("visibilitychange", () => document.hidden || woke(), { signal });
  return () => stop.abort();
}
