// @vitest-environment node
/** What the bundles of Django's static files take from the bell's. */

import { join } from "node:path";
import * as esbuild from "esbuild";
import { describe, expect, it } from "vitest";
import { inlineCss } from "../inline-css.mjs";
import { giving, SHARED, taking } from "../shared-modules.mjs";

const FRONTEND = join(__dirname, "..");
const BELL = "src/bell/notify-bell-element-define.ts";
/** A module that needs no browser, in the place of the bell. */
const BACKOFF = "src/connection/backoff.ts";

async function build(options: esbuild.BuildOptions): Promise<{ text: string; modules: string[] }> {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: FRONTEND,
    bundle: true,
    format: "esm",
    ...options,
    plugins: [...(options.plugins ?? []), inlineCss],
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  return { text: outputFiles[0]?.text ?? "", modules: Object.keys(output?.inputs ?? {}) };
}

/** Runs the bundle of a source, and returns what it exports. */
async function run(contents: string, plugins: esbuild.Plugin[] = []): Promise<object> {
  const { text } = await build({ stdin: { contents, resolveDir: FRONTEND }, plugins });
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`);
}

function allOf(paths: readonly string[]): string {
  return paths.map((path) => `export * from "./${path}";`).join("\n");
}

describe("the modules that the bell shares", () => {
  it("are in its bundle for its own sake", async () => {
    const { modules } = await build({ entryPoints: [BELL] });
    expect(modules).toEqual(expect.arrayContaining([...SHARED]));
  });

  for (const entry of ["src/panel/notify-panel.ts", "src/menu/notify-menu.ts"]) {
    it(`are not copied into the bundle of ${entry}`, async () => {
      const whole = await build({ entryPoints: [entry] });
      const taken = await build({ entryPoints: [entry], plugins: [taking] });
      const element = "document.createElement(";
      expect(whole.text).toContain(element);
      expect(taken.text).not.toContain(element);
    });
  }

  it("are the same objects in both bundles; without the bell's, no other runs", async () => {
    await expect(run(allOf([BACKOFF]), [taking])).rejects.toThrow("not iterable");

    const given = await run(`${giving(BACKOFF)}\n${allOf(SHARED)}`);
    const taken = await run(allOf(SHARED), [taking]);

    expect(Object.keys(given)).toContain("apply");
    expect({ ...taken }).toEqual({ ...given });
  });
});
