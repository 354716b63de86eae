/** The count of unread notifications on the icon of the installed site. */

export async function showAppBadge(count: number): Promise<void> {
  const app: Partial<Pick<Navigator, "setAppBadge" | "clearAppBadge">> = navigator;
  try {
    await (count > 0 ? app.setAppBadge?.(count) : app.clearAppBadge?.());
  } catch {
    // The site is not installed, or the system shows no badges.
  }
}
