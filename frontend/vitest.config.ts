import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.ts"],
    sequence: { shuffle: true },
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 20_000,
  },
});
