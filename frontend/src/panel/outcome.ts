/** What the panel says when a command has failed. */

import { UNDONE } from "../client/problems";
import type { Result } from "../client/requests";
import { dispatch } from "../view/bell-events";
import type { ActionHost } from "./actions";

/** Waits for a command, and says so if it failed. */
export async function run(host: ActionHost, work: Promise<Result>): Promise<boolean> {
  host.panel.showError("");
  const { ok, error } = await work;
  if (error && error.code !== UNDONE.code) {
    host.panel.showError(host.context.translate("failed"));
    dispatch(host.bell, "notify-error", error);
  }
  return ok;
}
