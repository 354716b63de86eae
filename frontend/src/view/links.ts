/** Which URLs an item may link to. */

const SAFE = new Set(["http:", "https:", "mailto:"]);

/**
 * The `href` of an item, or "" if it must not link.
 *
 * A web URL goes by way of the server, which marks the item read even without a socket. A URL that
 * could run as script (`javascript:`, `data:`) is dropped.
 */
export function linkFor(id: number, url: string, inboxUrl: string): string {
  if (!url.trim()) return "";
  let protocol: string;
  try {
    protocol = new URL(url, location.href).protocol;
  } catch {
    return "";
  }
  if (!SAFE.has(protocol)) return "";
  return protocol === "mailto:" ? url : `${inboxUrl}go/${id}/`;
}
