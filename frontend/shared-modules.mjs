/**
 * Lets the bundles that the bell loads take from it what it has in memory by then.
 *
 * Static files cannot import each other: Django gives them names with a hash, and leaves the imports
 * in them as they are. So the bell's bundle leaves what these modules export in a place that the
 * others know. Only bundles are built so; in the sources, each module imports what it needs.
 */

import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));

/** The modules that the bell needs itself. */
export const SHARED = [
  "src/client/client-events.ts",
  "src/client/requests.ts",
  "src/client/store.ts",
  "src/connection/backoff.ts",
  "src/view/bell-events.ts",
  "src/view/dom.ts",
  "src/view/imports.ts",
  "src/view/styles.ts",
];

/** What each of them exports at run time. */
const NAMES = new Map();
for (const path of SHARED) NAMES.set(path, await exportsOf(path));
const ALL = [...NAMES.values()].flat();

/**
 * Where it lies, in the order of the names. Bundles of two versions that would not understand each
 * other look in two places: the newer one fails to load, and the bell leads to the inbox page.
 */
const VERSION = createHash("sha256").update(ALL.join()).digest("hex").slice(0, 8);
const PLACE = `globalThis[Symbol.for("realtime-notify/${VERSION}")]`;

/** Returns the source of a bundle that leaves the shared modules to others. */
export function giving(entry) {
  const imports = [...NAMES].map(([path, names]) => `import { ${names} } from "./${path}";`);
  return [`export * from "./${entry}";`, ...imports, `${PLACE} = [${ALL}];`].join("\n");
}

/** Builds a bundle that takes the shared modules from the bell. */
export const taking = {
  name: "taking",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const names = NAMES.get(relative(HERE, path));
      return names && { contents: `export { ${names} } from "the bell";` };
    });
    build.onResolve({ filter: /^the bell$/ }, ({ path }) => ({ path, namespace: "taking" }));
    build.onLoad({ filter: /.*/, namespace: "taking" }, () => ({
      contents: `export const [${ALL}] = ${PLACE};`,
    }));
  },
};

async function exportsOf(path) {
  const { metafile } = await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: [join(HERE, path)],
    format: "esm",
    metafile: true,
    write: false,
  });
  return Object.values(metafile.outputs)[0].exports;
}
