/**
 * Builds the bundles that ship with the Django app.
 *
 *     node build.mjs            writes them
 *     node build.mjs --check    proves that the committed ones are what the sources give
 *
 * No bundle imports another: Django's ManifestStaticFilesStorage does not rewrite imports by
 * default. The bell loads its panel by a URL that the template tag gives it, and leaves to it what it
 * has itself (shared-modules.mjs). All are ES modules, except for the service worker, which not every
 * browser can load as one. There is no source map comment, because collectstatic fails on one whose
 * map is not shipped. The same sources always give the same bytes.
 */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { minify } from "terser";
import { inlineCss } from "./inline-css.mjs";
import { giving, taking } from "./shared-modules.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "../realtime_notify/static/realtime_notify");
const KILO = 1024;
const BANNER = "/*! realtime_notify, MIT */";

/** What a bundle may weigh, gzipped. */
const BUNDLES = [
  { name: "client.js", entry: "src/client/index.ts", limit: 10 * KILO },
  {
    name: "notify-bell.js",
    entry: "src/bell/notify-bell-element-define.ts",
    limit: 8 * KILO,
    gives: true,
  },
  {
    name: "notify-panel.js",
    entry: "src/panel/notify-panel.ts",
    limit: 17.5 * KILO,
    takes: true,
  },
  { name: "notify-menu.js", entry: "src/menu/notify-menu.ts", limit: 4 * KILO, takes: true },
  {
    name: "notify-toasts.js",
    entry: "src/toasts/notify-toasts-element-define.ts",
    limit: 5.5 * KILO,
  },
  {
    name: "notify-alerts.js",
    entry: "src/alerts/notify-alerts-element-define.ts",
    limit: 4.25 * KILO,
  },
  { name: "notify-inbox.js", entry: "src/inbox/notify-inbox-element-define.ts", limit: 2 * KILO },
  { name: "notify-push.js", entry: "src/push/notify-push-element-define.ts", limit: 4 * KILO },
  {
    name: "push-worker.js",
    entry: "src/push/push-worker-install.ts",
    limit: 1 * KILO,
    format: "iife",
  },
];

async function bundle({ entry, format = "esm", gives = false, takes = false }) {
  const source = gives
    ? { stdin: { contents: giving(entry), resolveDir: HERE } }
    : { entryPoints: [entry] };
  const result = await esbuild.build({
    absWorkingDir: HERE,
    ...source,
    bundle: true,
    minify: true,
    write: false,
    format,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    plugins: takes ? [taking, inlineCss] : [inlineCss],
  });
  // esbuild looks at one expression at a time; terser takes another 3 % off what gzip leaves.
  const { code } = await minify(result.outputFiles[0].text, {
    module: format === "esm",
    // Unsafe for code that overrides built-ins, makes objects with functions, or has getters that do
    // something; here is none.
    compress: {
      passes: 3,
      ecma: 2022,
      pure_getters: true,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
    },
    format: { preamble: BANNER },
  });
  return Buffer.from(`${code}\n`);
}

const checking = process.argv.includes("--check");
for (const { name, limit, ...made } of BUNDLES) {
  const built = await bundle(made);
  const path = join(STATIC, name);
  const size = gzipSync(built, { level: 9 }).length;
  console.log(`${name}: ${built.length} bytes, ${size} gzipped (limit ${limit})`);
  if (size > limit) {
    console.error(`${name} is heavier than its limit.`);
    process.exitCode = 1;
  }
  if (checking) {
    const committed = await readFile(path).catch(() => null);
    if (!committed?.equals(built)) {
      console.error(`${name} is not what the sources give. Run \`make build\` and commit it.`);
      process.exitCode = 1;
    }
  } else {
    await writeFile(path, built);
  }
}
