/**
 * Who may import whom, as the folders of src/ promise it. A `*.test.ts` file may import what it
 * likes; nothing but another test may import it.
 */
const isTest = "\\.(test|arbitrary)\\.ts$";
const never = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** Packages that decide nothing by themselves: no I/O, no clock, no entropy of their own. */
const purePackages = "(^|/)node_modules/(effect|@noble|@stdlib|xstate)/";
const simPackages =
  "(^|/)node_modules/(effect|@noble|@stdlib|fast-check|yaml|city-timezones|uplot)/";
const npm = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"];

export default {
  forbidden: [
    never(
      "kernel-stands-alone",
      "kernel imports nothing else of src",
      { path: "^src/kernel/", pathNot: isTest },
      { path: "^src/", pathNot: "^src/kernel/" },
    ),
    never(
      "actors-talk-through-messages",
      "an actor imports kernel, its own folder and other actors' messages.ts",
      { path: "^src/actors/([^/]+)/", pathNot: isTest },
      {
        path: "^src/",
        pathNot: ["^src/kernel/", "^src/actors/$1/", "^src/actors/[^/]+/messages\\.ts$"],
      },
    ),
    never(
      "policies-know-only-the-kernel",
      "a policy imports kernel and its own family's folder only",
      { path: "^src/policies/([^/]+)/", pathNot: isTest },
      { path: "^src/", pathNot: ["^src/kernel/", "^src/policies/$1/"] },
    ),
    never(
      "sim-knows-no-vendor",
      "sim imports kernel, actors and policies",
      { path: "^src/sim/", pathNot: isTest },
      { path: "^src/", pathNot: "^src/(kernel|actors|policies|sim)/" },
    ),
    never(
      "live-knows-no-vendor",
      "the live shell imports the kernel; app gives it behaviours and the world",
      { path: "^src/live/", pathNot: isTest },
      { path: "^src/", pathNot: "^src/(kernel|live)/" },
    ),
    never(
      "adapters-know-no-behaviour",
      "an adapter imports kernel, live, actors' messages.ts and its own vendor folder",
      { path: "^src/adapters/([^/]+)/", pathNot: isTest },
      {
        path: "^src/",
        pathNot: [
          "^src/(kernel|live|policies)/",
          "^src/adapters/$1/",
          "^src/actors/[^/]+/messages\\.ts$",
        ],
      },
    ),
    never(
      "nothing-imports-app",
      "app is the composition root",
      { path: "^src/", pathNot: ["^src/app/", isTest] },
      { path: "^src/app/" },
    ),
    never(
      "xstate-only-in-charts",
      "XState is called by the chart compiler and declared in an actor's machine.ts",
      {
        path: "^src/",
        pathNot: ["^src/kernel/chart([^/]*\\.ts$|/)", "^src/actors/[^/]+/machine\\.ts$", isTest],
      },
      { path: "(^|/)node_modules/xstate/" },
    ),
    never(
      "pure-code-has-no-node",
      "kernel, actors, policies and sim do no I/O",
      { path: "^src/(kernel|actors|policies|sim)/", pathNot: isTest },
      { dependencyTypes: ["core"] },
    ),
    never(
      "pure-code-has-no-vendor",
      "kernel, actors and policies use the few packages that decide nothing",
      { path: "^src/(kernel|actors|policies)/", pathNot: isTest },
      { dependencyTypes: npm, pathNot: purePackages },
    ),
    never(
      "sim-has-no-vendor",
      "sim uses the few packages that do no I/O",
      { path: "^src/sim/", pathNot: isTest },
      { dependencyTypes: npm, pathNot: simPackages },
    ),
    never(
      "contracts-stand-alone",
      "what contracts are does not depend on src, but for the clients that measure them",
      { path: "^contracts/", pathNot: "^contracts/tests/" },
      { path: "^src/", pathNot: "^src/adapters/ton/wrappers/" },
    ),
    never("no-cycle", "read one file after the other", { path: "^src/" }, { circular: true }),
    never(
      "no-unresolved",
      "the import leads nowhere",
      { path: "^src/" },
      { couldNotResolve: true },
    ),
    never(
      "no-development-package",
      "what is shipped must not need a development package",
      { path: "^src/", pathNot: isTest },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    ),
    never(
      "no-test-in-source",
      "a test is imported by tests only",
      { path: "^src/", pathNot: isTest },
      { path: isTest },
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    moduleSystems: ["es6"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
