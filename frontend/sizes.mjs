/**
 * Weighs the bundles beside the inboxes of other products, and writes the table in docs/sizes.md.
 *
 *     node sizes.mjs            installs the products and prints the table (needs a network)
 *     node sizes.mjs --save     writes it into docs/sizes.md
 *
 * Each product is what its documentation tells a page to import, bundled and minified by esbuild,
 * with its styles. React is left out: a page that uses it has it anyway.
 */

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "../realtime_notify/static/realtime_notify");
const PAGE = join(HERE, "../docs/sizes.md");

const OURS = [
  { what: "a page with a bell, at first", files: ["notify-bell.js"] },
  { what: "the bell and its open panel", files: ["notify-bell.js", "notify-panel.js"] },
  {
    what: "all of that with its menu, the preferences and toasts",
    files: ["notify-bell.js", "notify-panel.js", "notify-menu.js", "notify-toasts.js"],
  },
  { what: "the client alone", files: ["client.js"] },
];

const PACKAGES = {
  "@trycourier/courier-js": "3.4.0",
  "@trycourier/courier-ui-inbox": "2.4.7",
  "@novu/js": "3.19.2",
  "@knocklabs/client": "0.22.2",
  "@knocklabs/react": "0.12.1",
  "@magicbell/react": "1.6.0",
};

const PRODUCTS = [
  {
    name: "Courier",
    of: "@trycourier/courier-ui-inbox",
    what: "web components",
    code: `import "@trycourier/courier-ui-inbox";`,
  },
  {
    name: "Courier",
    of: "@trycourier/courier-js",
    what: "the client alone",
    code: `export { Courier } from "@trycourier/courier-js";`,
  },
  {
    name: "MagicBell",
    of: "@magicbell/react",
    what: "for React",
    code: `import "@magicbell/react/styles/floating-inbox.css";
           export { default as Provider } from "@magicbell/react/context-provider";
           export { default as Inbox } from "@magicbell/react/floating-inbox";`,
  },
  { name: "Novu", of: "@novu/js", what: "any page", code: `export { NovuUI } from "@novu/js/ui";` },
  {
    name: "Novu",
    of: "@novu/js",
    what: "the client alone",
    code: `export { Novu } from "@novu/js";`,
  },
  {
    name: "Knock",
    of: "@knocklabs/react",
    what: "for React",
    code: `import "@knocklabs/react/dist/index.css";
           export { KnockFeedProvider, KnockProvider, NotificationFeedPopover,
             NotificationIconButton } from "@knocklabs/react";`,
  },
  {
    name: "Knock",
    of: "@knocklabs/client",
    what: "the client alone",
    code: `export { default } from "@knocklabs/client";`,
  },
];

function gzipped(contents) {
  return gzipSync(contents, { level: 9 }).length;
}

async function weigh(directory, code) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: code, resolveDir: directory },
    outdir: "out",
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["react", "react-dom", "react/*", "react-dom/*"],
    loader: { ".woff": "dataurl", ".woff2": "dataurl", ".svg": "dataurl", ".png": "dataurl" },
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipped(contents), 0);
}

/** Sums up gzipped files, as a server sends them. */
async function weighOurs(files) {
  const contents = await Promise.all(files.map((name) => readFile(join(STATIC, name))));
  return contents.reduce((sum, one) => sum + gzipped(one), 0);
}

function row(name, version, what, size) {
  return `| ${name} | ${version} | ${what} | ${(size / 1024).toFixed(1)} |`;
}

async function table() {
  const directory = await mkdtemp(join(tmpdir(), "sizes-"));
  try {
    await writeFile(join(directory, "package.json"), JSON.stringify({ dependencies: PACKAGES }));
    const flags = ["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", ...flags, "--loglevel=error"], { cwd: directory });
    const rows = [];
    for (const { what, files } of OURS) {
      rows.push(row("**realtime_notify**", "", what, await weighOurs(files)));
    }
    for (const { name, of, what, code } of PRODUCTS) {
      rows.push(row(name, `${of} ${PACKAGES[of]}`, what, await weigh(directory, code)));
    }
    return ["| | package | | KiB |", "|---|---|---|---|", ...rows].join("\n");
  } finally {
    await rm(directory, { recursive: true });
  }
}

const measured = await table();
console.log(measured);
if (process.argv.includes("--save")) {
  const page = await readFile(PAGE, "utf8");
  const today = new Date().toISOString().slice(0, 10);
  const [before] = page.split("<!-- measured -->");
  await writeFile(PAGE, `${before}<!-- measured -->\n\nMeasured on ${today}.\n\n${measured}\n`);
}
