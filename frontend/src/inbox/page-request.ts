/**
 * Fetches pages of the site as documents.
 *
 * By XMLHttpRequest, which hands over the server's answer as a document, as a navigation would. No
 * string becomes markup, so it works where Trusted Types are required. Scripts in it do not run.
 */

/** Answers with the page, or null if the server cannot be reached or refuses. */
export function requestPage(url: string, form?: FormData): Promise<Document | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(form ? "POST" : "GET", url);
    request.responseType = "document";
    request.timeout = 10_000;
    request.onloadend = () => resolve(request.status === 200 ? request.responseXML : null);
    request.send(form ?? null);
  });
}
