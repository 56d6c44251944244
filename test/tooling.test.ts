/**
 * Proves that the linters bite: each rule gets a planted violation in a scratch project that has
 * the real configuration files, and must be reported by name in the file that breaks it.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemsOf } from "../tools/tidy.ts";

/** Spelled so that this file itself passes. */
const todo = ["TO", "DO"].join("");
const root = resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "pingo-tooling-"));

const innocent: Record<string, string> = {
  "src/kernel/word.ts": "export const word = 1;",
  "src/actors/alpha/messages.ts": "export const alphaMessage = 1;",
  "src/actors/alpha/state.ts": "export const alphaState = 1;",
  "src/policies/caching/keep.ts": "export const keep = 1;",
  "src/sim/clock.ts": "export const clock = 1;",
  "src/adapters/nats/link.ts": "export const link = 1;",
  "src/adapters/store/file.ts": "export const file = 1;",
  "src/app/pingo.ts": "export const pingo = 1;",
  "src/kernel/word.test.ts": "export const tested = 1;",
};

/** Rule, the file that breaks it, what it imports. */
const forbiddenImports: ReadonlyArray<readonly [string, string, string]> = [
  ["kernel-stands-alone", "src/kernel/a.ts", "../policies/caching/keep.ts"],
  ["kernel-stands-alone", "src/kernel/b.ts", "../actors/alpha/messages.ts"],
  ["xstate-only-in-charts", "src/kernel/c.ts", "xstate"],
  ["xstate-only-in-charts", "src/actors/beta/rules.ts", "xstate"],
  ["actors-talk-through-messages", "src/actors/beta/a.ts", "../alpha/state.ts"],
  ["actors-talk-through-messages", "src/actors/beta/b.ts", "../../policies/caching/keep.ts"],
  ["actors-talk-through-messages", "src/actors/beta/c.ts", "../../sim/clock.ts"],
  ["policies-know-only-the-kernel", "src/policies/caching/a.ts", "../../actors/alpha/messages.ts"],
  ["policies-know-only-the-kernel", "src/policies/rewards/b.ts", "../caching/keep.ts"],
  ["sim-knows-no-vendor", "src/sim/a.ts", "../adapters/nats/link.ts"],
  ["adapters-know-no-behaviour", "src/adapters/nats/a.ts", "../../actors/alpha/state.ts"],
  ["adapters-know-no-behaviour", "src/adapters/nats/b.ts", "../../sim/clock.ts"],
  ["adapters-know-no-behaviour", "src/adapters/nats/c.ts", "../store/file.ts"],
  ["nothing-imports-app", "src/sim/b.ts", "../app/pingo.ts"],
  ["pure-code-has-no-node", "src/kernel/d.ts", "node:fs"],
  ["pure-code-has-no-node", "src/sim/c.ts", "node:fs"],
  ["pure-code-has-no-vendor", "src/actors/beta/d.ts", "yaml"],
  ["sim-has-no-vendor", "src/sim/d.ts", "commander"],
  ["contracts-stand-alone", "contracts/a.ts", "../src/kernel/word.ts"],
  ["no-cycle", "src/sim/circle.ts", "./circle.ts"],
  ["no-unresolved", "src/sim/e.ts", "./nowhere.ts"],
  ["no-development-package", "src/app/a.ts", "mitata"],
  ["no-test-in-source", "src/kernel/e.ts", "./word.test.ts"],
];

/** File and import that the rules must let through. */
const allowedImports: ReadonlyArray<readonly [string, string]> = [
  ["src/kernel/chart.ts", "xstate"],
  ["src/kernel/chart-compiler.ts", "xstate"],
  ["src/kernel/good.ts", "effect"],
  ["src/kernel/good.test.ts", "../sim/clock.ts"],
  ["src/kernel/node.test.ts", "node:fs"],
  ["src/actors/gamma/machine.ts", "xstate"],
  ["src/actors/gamma/good.ts", "../alpha/messages.ts"],
  ["src/actors/gamma/own.ts", "./good.ts"],
  ["src/policies/caching/good.ts", "../../kernel/word.ts"],
  ["src/policies/caching/kin.ts", "./keep.ts"],
  ["src/sim/good.ts", "../actors/alpha/state.ts"],
  ["src/sim/chosen.ts", "../policies/caching/keep.ts"],
  ["src/adapters/nats/good.ts", "../../actors/alpha/messages.ts"],
  ["src/adapters/nats/system.ts", "node:fs"],
  ["src/app/good.ts", "../sim/clock.ts"],
  ["contracts/tests/good.ts", "../../src/kernel/word.ts"],
];

const mathFunctions =
  "random log log2 log10 log1p exp expm1 pow sin cos tan asin acos atan atan2 sinh cosh tanh " +
  "asinh acosh atanh cbrt hypot";
const globals =
  "Date performance crypto setTimeout setInterval setImmediate queueMicrotask process console " +
  "Intl fetch globalThis";

/** Rule and the code that breaks it, banned in each pure folder. */
const bannedCode: ReadonlyArray<readonly [string, string]> = [
  ...mathFunctions
    .split(" ")
    .map((name): readonly [string, string] => [
      "no-restricted-properties",
      `export const value = Math.${name};`,
    ]),
  ...globals
    .split(" ")
    .map((name): readonly [string, string] => [
      "no-restricted-globals",
      `export const value = ${name};`,
    ]),
  ["no-float-power", "export const power = (a: number, b: number) => a ** b;"],
  ["no-float-power", "export let power = 2;\npower **= 3;"],
  ["no-math-alias", "export const { log } = Math;"],
  ["no-math-alias", 'export const log = Math["lo" + "g"];'],
  ["no-locale", "export const text = (1).toLocaleString();"],
  ["no-locale", 'export const order = "a".localeCompare("b");'],
  ["no-async-await", "export async function later() {}"],
  ["no-async-await", "export const later = async () => 1;"],
  ["no-async-await", "export const later = { async method() {} };"],
  ["no-await", "export const later = await Promise.resolve(1);"],
  ["no-await", "for await (const item of [1]) Number(item);\nexport {};"],
  ["no-nodejs-modules", 'import "node:fs";'],
];

/** Rule and the code that breaks it anywhere in src. */
const poorCode: ReadonlyArray<readonly [string, string]> = [
  ["no-floating-promises", "const f = async () => 1;\nf();"],
  ["max-lines-per-function", `export function long() {\n${"  long();\n".repeat(70)}}`],
  ["max-lines", "export {};\n".repeat(501)],
  ["max-params", "export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];"],
  ["no-warning-comments", `// ${todo} later\nexport {};`],
];

const pureFolders = ["kernel", "actors/beta", "policies/caching", "sim"];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(scratch, path)), { recursive: true });
  writeFileSync(join(scratch, path), `${text}\n`);
}

/** Runs a tool of the project in the scratch folder; gives what it printed, whatever its status. */
function run(tool: string, ...options: string[]): string {
  const command = join(root, "node_modules", ".bin", tool);
  try {
    return execFileSync(command, options, { cwd: scratch, encoding: "utf8", stdio: "pipe" });
  } catch (failure) {
    return (failure as { stdout: string }).stdout;
  }
}

beforeAll(() => {
  for (const name of ["package.json", "tsconfig.json", ".oxlintrc.json", "biome.json"]) {
    copyFileSync(join(root, name), join(scratch, name));
  }
  copyFileSync(
    join(root, "dependency-cruiser.config.js"),
    join(scratch, "dependency-cruiser.config.js"),
  );
  mkdirSync(join(scratch, "tools"));
  copyFileSync(join(root, "tools/lint-rules.js"), join(scratch, "tools/lint-rules.js"));
  symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
});

afterAll(() => rmSync(scratch, { recursive: true }));

describe("import rules", () => {
  let broken: ReadonlyArray<string> = [];

  beforeAll(() => {
    for (const [path, text] of Object.entries(innocent)) write(path, text);
    for (const [, path, target] of forbiddenImports) write(path, `import "${target}";`);
    for (const [path, target] of allowedImports) write(path, `import "${target}";`);
    write(
      "src/actors/beta/typed.ts",
      'import type { x } from "../alpha/state.ts";\nexport type y = x;',
    );
    const report = JSON.parse(
      run(
        "depcruise",
        "--config",
        "dependency-cruiser.config.js",
        "-T",
        "json",
        "src",
        "contracts",
      ),
    ) as { summary: { violations: { rule: { name: string }; from: string }[] } };
    broken = report.summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
    rmSync(join(scratch, "src"), { recursive: true });
    rmSync(join(scratch, "contracts"), { recursive: true });
  });

  test.each(forbiddenImports)("%s: %s must not import %s", (rule, path) => {
    expect(broken).toContain(`${rule} ${path}`);
  });

  test("types are imports too", () => {
    expect(broken).toContain("actors-talk-through-messages src/actors/beta/typed.ts");
  });

  test.each(allowedImports)("%s may import %s", (path) => {
    expect(broken.filter((line) => line.endsWith(` ${path}`))).toEqual([]);
  });
});

describe("banned code", () => {
  let reported: ReadonlyMap<string, string> = new Map();

  beforeAll(() => {
    for (const [i, [, code]] of bannedCode.entries()) {
      for (const folder of pureFolders) write(`src/${folder}/banned-${i}.ts`, code);
      write(`src/sim/banned-${i}.test.ts`, code);
      write(`src/app/banned-${i}.ts`, code);
    }
    for (const [i, [, code]] of poorCode.entries()) write(`src/app/poor-${i}.ts`, code);
    write("src/app/not-kebabCase.ts", "export {};");
    write("src/kernel/exact.ts", "export const nano = 10n ** 9n + BigInt(Math.floor(Math.PI));");
    reported = byFile(run("oxlint", "--type-aware", "-f", "json", "src"));
    rmSync(join(scratch, "src"), { recursive: true });
  });

  test.each(bannedCode.map((row, i) => [...row, i] as const))("%s: %s", (rule, _code, i) => {
    for (const folder of pureFolders) {
      expect(reported.get(`src/${folder}/banned-${i}.ts`) ?? "").toContain(rule);
    }
    expect(reported.get(`src/sim/banned-${i}.test.ts`) ?? "").not.toContain(rule);
    expect(reported.get(`src/app/banned-${i}.ts`) ?? "").not.toContain(rule);
  });

  test.each(poorCode.map(([rule], i) => [rule, i] as const))("%s", (rule, i) => {
    expect(reported.get(`src/app/poor-${i}.ts`) ?? "").toContain(rule);
  });

  test("file names are kebab-case", () => {
    expect(reported.get("src/app/not-kebabCase.ts")).toContain("filename-case");
  });

  test("exact powers and harmless Math are allowed", () => {
    expect(reported.get("src/kernel/exact.ts")).toBeUndefined();
  });
});

/** The rules oxlint reported, joined to one line a file. */
function byFile(json: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const { diagnostics } = JSON.parse(json) as { diagnostics: { filename: string; code: string }[] };
  for (const { filename, code } of diagnostics) {
    found.set(filename, `${found.get(filename) ?? ""} ${code}`);
  }
  return found;
}

test("biome reports default exports, any and re-exported folders", () => {
  write("src/app/a.ts", "export default 1;");
  write("src/app/b.ts", "export const f = (x: any) => x;");
  write("src/app/c.ts", 'export * from "./a.ts";');
  const report = run("biome", "lint", "--vcs-enabled=false", "--reporter=github", "src");
  for (const rule of ["noDefaultExport", "noExplicitAny", "noReExportAll"]) {
    expect(report).toContain(rule);
  }
});

test.each([
  ["src/kernel/utils/a.ts", "", "names no concept"],
  ["src/kernel/helpers.ts", "", "names no concept"],
  ["src/kernel/index.ts", "", "names no concept"],
  ["src/Kernel/a.ts", "", "not kebab-case"],
  ["src/kernel/a.ts", "x".repeat(101), "at most 100"],
  ["contracts/a.tolk", "\n".repeat(501), "at most 500"],
  ["docs/a.md", "text", "expected one"],
  ["docs/a.md", "# One\n\n# Two", "expected one"],
  ["docs/a.md", `# One\n${todo}`, "finish it"],
])("tidy: %s", (path, text, problem) => {
  expect(problemsOf(path, text).join("\n")).toContain(problem);
});

test("tidy lets good files through", () => {
  expect(problemsOf("docs/a.md", "# One\n\n```sh\n# a comment\n```\n")).toEqual([]);
  expect(problemsOf("README.md", "# PinGo\n")).toEqual([]);
  expect(problemsOf("src/sim/event-queue.test.ts", "x".repeat(100))).toEqual([]);
});
