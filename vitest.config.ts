import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: ["test/setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    // The young generation that the command gives itself: simulations make garbage fast.
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "pingo", include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
      },
      {
        // Pure functions of sources: a process keeps its warm virtual machine from file to file.
        extends: true,
        test: { name: "contracts", include: ["contracts/**/*.test.ts"], isolate: false },
      },
    ],
  },
});
