/** Where an item may lead. */

const SAFE = new Set(["http:", "https:", "mailto:"]);

/**
 * The address as the element may link to it, or "" for none.
 *
 * A web address goes by way of the server, which marks the item read even when the socket is
 * gone. Anything that could run as script (`javascript:`, `data:`) is no address at all.
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
