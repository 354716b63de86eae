/** Imports run one way: each folder knows those before it. */

import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(__dirname, "../src");

/** Each folder of the sources, and the folders whose code it may run. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  connection: ["wire"],
  client: ["wire", "connection"],
  view: ["wire"],
  bell: ["client", "view"],
  panel: ["client", "view"],
  menu: ["view"],
  toasts: ["view"],
  alerts: ["view"],
  push: ["view"],
  inbox: ["view"],
  package: ["client", "view", "bell", "panel", "menu", "toasts", "alerts"],
};
/** Who else may be known by type alone: parts that are loaded apart, or that meet by an interface. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  view: ["connection", "client"],
  bell: ["wire", "connection", "panel", "menu"],
  panel: ["wire", "bell"],
  menu: ["wire", "client", "panel"],
  toasts: ["wire", "connection", "client"],
  alerts: ["wire", "connection", "client"],
  inbox: ["client"],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(folder: string): Import[] {
  const files = readdirSync(join(SRC, folder)).filter((name) => name.endsWith(".ts"));
  return files.flatMap((name) => {
    const text = readFileSync(join(SRC, folder, name), "utf8");
    const found = text.matchAll(/^(?:import|export)\s(type\s)?([^;]*?)from "(\.[^"]+)";/gms);
    return [...found].map(([, type, names = "", path = ""]) => {
      const every = names.replace(/[{}\s]+/g, " ").split(",");
      const to = normalize(join(folder, path)).split("/")[0] ?? "";
      const typeOnly = Boolean(type) || every.every((one) => !one.trim() || /^\s*type /.test(one));
      return { from: `${folder}/${name}`, to, typeOnly };
    });
  });
}

describe("the sources", () => {
  it("are all in a folder of the contract", () => {
    const entries = readdirSync(SRC, { withFileTypes: true });
    const folders = entries.map((entry) => entry.name);
    expect(folders.sort()).toEqual(Object.keys(FLOORS).sort());
  });

  for (const [folder, below] of Object.entries(FLOORS)) {
    it(`${folder}/ imports ${below.join(", ") || "no other folder"}`, () => {
      const known = new Set([folder, ...below]);
      const types = new Set([...known, ...(TYPES[folder] ?? [])]);
      const wrong = importsOf(folder).filter(
        ({ to, typeOnly }) => !(typeOnly ? types : known).has(to),
      );
      expect(wrong).toEqual([]);
    });
  }
});
