/** `import css from "./x.css?inline"` is the minified text of the sheet and of what it imports. */

import { join, relative } from "node:path";
import * as esbuild from "esbuild";

export const inlineCss = {
  name: "inline-css",
  setup(build) {
    const { absWorkingDir } = build.initialOptions;
    build.onResolve({ filter: /\.css\?inline$/ }, ({ path, resolveDir }) => ({
      // Of the sources, not of this machine: the package's modules name it in a comment.
      path: relative(absWorkingDir, join(resolveDir, path.replace("?inline", ""))),
      namespace: "inline-css",
    }));
    build.onLoad({ filter: /.*/, namespace: "inline-css" }, async ({ path }) => {
      const sheet = {
        absWorkingDir,
        entryPoints: [path],
        bundle: true,
        minify: true,
        write: false,
      };
      const [output] = (await esbuild.build(sheet)).outputFiles;
      return { contents: withoutSpaces(output.text.trim()), loader: "text" };
    });
  },
};

/** Removes the spaces that esbuild keeps, in custom properties and in the fallbacks of `var()`. */
function withoutSpaces(css) {
  return css.replace(/"[^"]*"|([:,(])\s+|\s+(?=\))/g, (found, mark = "") =>
    found.startsWith('"') ? found : mark,
  );
}
