/**
 * Builds the npm package into `dist`: ES modules, their types and `custom-elements.json`.
 *
 * Unlike the bundles for Django's static files, its modules share code and load each other by name,
 * as the bundlers of those who install it expect.
 */

import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { inlineCss } from "./inline-css.mjs";
import { manifest } from "./manifest.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");

/** The modules that can be imported, each with its source. */
const ENTRIES = {
  index: "src/client/index.ts",
  bell: "src/package/bell.ts",
  toasts: "src/package/toasts.ts",
  alerts: "src/package/alerts.ts",
  push: "src/push/notify-push-element-define.ts",
  react: "src/package/react.ts",
  vue: "src/package/vue.ts",
};

await rm(DIST, { recursive: true, force: true });
await esbuild.build({
  absWorkingDir: HERE,
  entryPoints: ENTRIES,
  outdir: DIST,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  chunkNames: "shared/[name]-[hash]",
  external: ["react", "vue"],
  plugins: [inlineCss],
});
execFileSync(
  join(HERE, "node_modules/.bin/tsc"),
  ["--project", "tsconfig.package.json", "--outDir", join(DIST, "types")],
  { cwd: HERE, stdio: "inherit" },
);
for (const path of await readdir(join(DIST, "types"), { recursive: true })) {
  if (!path.endsWith(".d.ts")) continue;
  // Node's own resolution wants the names of files, which bundlers can do without.
  const file = join(DIST, "types", path);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(/((?:from|import\(?) ?"\.[^"]+)(")/g, "$1.js$2"));
}
await writeFile(join(DIST, "custom-elements.json"), await manifest(HERE));
