/** What is done with an offer to take it back. */

import type { NotifyClient } from "../client/client";
import type { Item } from "../wire/protocol";
import type { ActionHost } from "./actions";
import { run } from "./outcome";
import type { PanelMessages } from "./panel-messages";

/** How many ids a command may name. */
const MOST_IDS = 1_000;

export async function archive(host: ActionHost, client: NotifyClient, { id }: Item): Promise<void> {
  const undone = offer(host, "archived");
  void run(host, client.archive([id])).then((ok) => ok || host.panel.notice.withdraw(undone));
  if (!(await undone)) return;
  void run(host, client.unarchive([id]));
  focusOn(host, id);
}

/** Deletes an item once nobody can ask for it any more: there is no way back from the server. */
export async function remove(host: ActionHost, client: NotifyClient, { id }: Item): Promise<void> {
  const undone = offer(host, "deleted");
  void run(host, client.delete([id], meant(undone)));
  if (await undone) focusOn(host, id);
}

/** Marks everything read; at once, if the client knows all that would have to be unread again. */
export async function markAllRead(host: ActionHost, client: NotifyClient): Promise<void> {
  const { items, unread } = client.state;
  const ids = items.filter(({ read }) => !read).map(({ id }) => id);
  const isKnown = ids.length === unread && unread <= MOST_IDS;
  const undone = offer(host, "allRead");
  void run(host, client.markAllRead(isKnown ? undefined : meant(undone))).then(
    (ok) => ok || host.panel.notice.withdraw(undone),
  );
  if (!(await undone)) return;
  if (isKnown) void run(host, client.markUnread(ids));
  host.panel.title.focus();
}

/** Says what was done. Resolves to whether it is to be undone. */
function offer({ panel, context }: ActionHost, done: keyof PanelMessages): Promise<boolean> {
  return panel.notice.offer(context.translate(done), context.translate("undo"));
}

async function meant(undone: Promise<boolean>): Promise<boolean> {
  return !(await undone);
}

/** Leads whoever has taken something back to where it is. */
function focusOn(host: ActionHost, id: number): void {
  const { panel } = host;
  host.render();
  const row = panel.list.element.querySelector(`[data-id="${id}"]`);
  (panel.list.rowOf(row)?.control() ?? panel.title).focus();
}
