/**
 * Writes down the elements for editors: https://github.com/webcomponents/custom-elements-manifest.
 *
 * What it says comes from the comment above each class.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The sources of the elements, each with the module of the package that defines it. */
const ELEMENTS = {
  "src/bell/notify-bell-element.ts": "bell.js",
  "src/toasts/notify-toasts-element.ts": "toasts.js",
  "src/alerts/notify-alerts-element.ts": "alerts.js",
  "src/push/notify-push-element.ts": "push.js",
};

/** Each tag of a comment that names a thing, and the list of the manifest it belongs to. */
const LISTS = {
  attr: "attributes",
  slot: "slots",
  csspart: "cssParts",
  cssprop: "cssProperties",
  event: "events",
};

/** Returns the manifest as text. `directory` is the one of the sources. */
export async function manifest(directory) {
  const modules = [];
  for (const [source, path] of Object.entries(ELEMENTS)) {
    const declaration = describe(await readFile(join(directory, source), "utf8"));
    const { name, tagName } = declaration;
    modules.push({
      kind: "javascript-module",
      path,
      declarations: [declaration],
      exports: [{ kind: "custom-element-definition", name: tagName, declaration: { name } }],
    });
  }
  return `${JSON.stringify({ schemaVersion: "2.1.0", modules }, null, 2)}\n`;
}

function describe(text) {
  const [, comment, name] = /\/\*\*\n((?: \*.*\n)+?) \*\/\nexport class (\w+)/.exec(text);
  const lines = comment.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const declaration = {
    kind: "class",
    customElement: true,
    name,
    tagName: /@tagname ([\w-]+)/.exec(comment)[1],
    description: lines
      .slice(
        0,
        lines.findIndex((line) => line.startsWith("@")),
      )
      .join("\n")
      .trim(),
    superclass: { name: "HTMLElement" },
  };
  for (const line of lines) {
    const [, tag, type, thing, description] =
      /^@(\w+) (?:\{([^}]*)\} )?([\w-]+) - (.*)$/.exec(line) ?? [];
    if (!(tag in LISTS)) continue;
    declaration[LISTS[tag]] ??= [];
    declaration[LISTS[tag]].push({
      name: thing,
      ...(type && { type: { text: type } }),
      description,
    });
  }
  return declaration;
}
