/** Pages of older items, as a view gets them. */

import type { Frame } from "../wire/protocol";
import { isActive, type Step, snapshot, type View, windowOf, withPut } from "./store";

/** `stale` means that the page is older than the view: ask for it again. */
export type PageOutcome = "applied" | "stale" | "sync";

/** Applies the reply to a page request, which adds older items and never moves the rev. */
export function applyPage(view: View, frame: Frame, shows = isActive): Step<PageOutcome> {
  if (view.rev === null || frame.rev < view.rev) return { view, outcome: "stale" };
  const window = windowOf(frame, view.bottom);
  const items = withPut(view, frame, window.bottom);
  const outcome = frame.rev > view.rev ? "sync" : "applied";
  return { view: snapshot(items, { ...view, ...window }, shows), outcome };
}
