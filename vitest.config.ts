import { defineConfig } from "vitest/config";

/**
 * Nothing in these outlives a test: a process loads what they share once, keeps its warm virtual
 * machine, and runs file after file.
 */
const PURE = [
  "src/{kernel,policies,actors,sim}/**/*.test.ts",
  "contracts/**/*.test.ts",
  "test/{adversaries,determinism,oracle,report,scenarios}/**/*.test.ts",
];

/** Minutes each, so they begin first: the short ones fill what is left of either core. */
const LONG = [
  "test/validation/**/*.test.ts",
  "test/{chain/first-credential,chaos/chaos,nats/operate,onnx/training}.test.ts",
];

/**
 * Servers, processes and clocks are real where these run, and a machine may stand still for longer
 * than any limit. The report names what was tried again; what is broken fails twice.
 */
const ONCE_MORE = 1;

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
      // in the order of their names
      { extends: true, test: { name: "1 long", include: LONG, retry: ONCE_MORE } },
      {
        extends: true,
        test: {
          name: "2 processes",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...LONG, ...PURE, "**/node_modules/**"],
          retry: ONCE_MORE,
        },
      },
      { extends: true, test: { name: "3 pure", include: PURE, isolate: false } },
    ],
  },
});
