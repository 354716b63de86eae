/** `import css from "./x.css?inline"` is the minified text of the sheet and of what it imports. */

import { join } from "node:path";
import * as esbuild from "esbuild";

export const inlineCss = {
  name: "inline-css",
  setup(build) {
    build.onResolve({ filter: /\.css\?inline$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace("?inline", "")),
      namespace: "inline-css",
    }));
    build.onLoad({ filter: /.*/, namespace: "inline-css" }, async ({ path }) => {
      const sheet = { entryPoints: [path], bundle: true, minify: true, write: false };
      const [output] = (await esbuild.build(sheet)).outputFiles;
      return { contents: output.text.trim(), loader: "text" };
    });
  },
};
