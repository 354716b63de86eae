/** Loads a module by its URL, and can do so after that has failed. */

/**
 * Returns a loader of one module.
 *
 * Firefox remembers for good that a module could not be loaded. So the next try has another URL,
 * which differs in what no server is told of.
 */
export function importer<Module>(): (url: string) => Promise<Module> {
  let failures = 0;
  return (url) =>
    import(/* @vite-ignore */ failures ? `${url}#${failures}` : url).catch((error) => {
      failures += 1;
      throw error;
    });
}
