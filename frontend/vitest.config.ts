import { defineConfig } from "vitest/config";

export default defineConfig({
  // The protocol's specimens and its Python twin lie outside of this folder.
  server: { fs: { allow: [".."] } },
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.ts"],
    sequence: { shuffle: true },
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 20_000,
  },
});
