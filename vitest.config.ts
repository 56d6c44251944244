import { defineConfig } from "vitest/config";

/**
 * Nothing in these outlives a test: a process loads what they share once, keeps its warm virtual
 * machine, and runs file after file.
 */
const PURE = [
  "src/{kernel,policies,actors,sim}/**/*.test.ts",
  "contracts/**/*.test.ts",
  "test/{adversaries,determinism,oracle,report,scenarios,validation}/**/*.test.ts",
];

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
      { extends: true, test: { name: "pure", include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: "processes",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...PURE, "**/node_modules/**"],
        },
      },
    ],
  },
});
