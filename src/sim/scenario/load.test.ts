import { expect, test } from "vitest";
import { loadScenario } from "./load.ts";
import { parseOverride, splitValues } from "./overrides.ts";

const minimal = "name: small\nuntil: 5h\n";

function load(text: string, ...sets: ReadonlyArray<string>) {
  return loadScenario({ file: "small.yaml", text, overrides: sets.map(parseOverride) });
}

test("what is left out has its default", () => {
  expect(load(minimal)).toMatchObject({ name: "small", nodes: 100, until: 18_000_000_000 });
});

test.each([
  ["", "small.yaml is empty; a scenario needs at least name and until"],
  ["- 1\n", "small.yaml holds no keys"],
  ["name: [a\n", "small.yaml:2: this is no YAML"],
  ["name: a\nname: b\n", "small.yaml:2: this is no YAML: Map keys must be unique"],
  ["name: a\n", "until is missing, so the run would never end"],
  ["name: a\nuntil: 24\n", 'small.yaml:2: until must be a duration such as "250ms"'],
  ["name: a\nuntil: -24h\n", 'until is negative; give a time such as "6h"'],
  ["name: a\nuntil: 0s\n", "until must be above zero"],
  ["name: A b\nuntil: 1h\n", "small.yaml:1: name must be a text of lower case, digits and dashes"],
  [`${minimal}nods: 3\n`, "small.yaml:3: unknown key nods; did you mean nodes?"],
  [
    `${minimal}network:\n  los: 3\n`,
    "small.yaml:4: unknown key network.los; did you mean network.",
  ],
  [
    `${minimal}network:\n  loss: 3\n`,
    "network.loss must be a number at least 0 and below 1, not 3",
  ],
  [`${minimal}network: 5\n`, "network must be a group of keys, not 5"],
  [`${minimal}nodes: 1.5\n`, "nodes must be a whole number from 1 to 10,000,000, not 1.5"],
  [
    `${minimal}access: crdit\n`,
    'access must be credit, account or open, not "crdit"; did you mean credit?',
  ],
  [`${minimal}faults: [{ kind: crsh }]\n`, "faults.0.kind must be crash, restart, pause"],
  [`${minimal}faults: [{ kind: crash }]\n`, "faults.0.target is missing"],
  [
    `${minimal}faults:\n  - kind: crash\n    taget: x\n`,
    "small.yaml:5: unknown key faults.0.taget",
  ],
  [`${minimal}checks: [{ metric: settled }]\n`, "checks.0: a check needs min or max"],
  [`${minimal}hosts: { kind: trace }\n`, "kind: trace needs the key trace"],
  [`${minimal}a: *b\n`, "this is no YAML"],
  [`${minimal}description: ${"x".repeat(4_000_000)}\n`, "too long for a scenario"],
])("%#: %j is refused in one sentence", (text, sentence) => {
  expect(() => load(text)).toThrow(sentence);
});

test("overrides reach every place, and make what is not there", () => {
  const text = `${minimal}faults: [{ kind: crash, target: node/* }]\n`;
  const sets = ["faults.0.for=2h", "policies.scheduling.rule=fcfs", "network.cities=[Berlin]"];
  expect(load(text, ...sets)).toMatchObject({
    faults: [{ kind: "crash", for: 7_200_000_000 }],
    policies: { scheduling: { rule: "fcfs" }, placement: { rule: "near" } },
    network: { cities: ["Berlin"] },
  });
  expect(load(minimal, "faults.0={kind: restart, target: node/*}").faults).toHaveLength(1);
});

test.each([
  ["polices.scheduling.rule=x", "unknown key polices; did you mean policies?"],
  ["faults.x=3", "faults is a list; name an item by its number, such as faults.0"],
  ["faults.1={}", "faults has 0 items; use an index up to 0"],
  ["seed.x=1", "seed is a single value; write --set seed=1"],
  ["nodes=many", "--set nodes=many: nodes must be a whole number from 1 to 10,000,000"],
  ["until=-1h", "until is negative"],
  ["seed=[", "--set seed: [ is no YAML value"],
  ["nodes", "--set nodes is no path=value"],
])("--set %s is refused in one sentence", (set, sentence) => {
  expect(() => load(minimal, set)).toThrow(sentence);
});

test("lists of values part at commas, but for those within brackets and quotes", () => {
  expect(splitValues("credit, fcfs")).toEqual(["credit", "fcfs"]);
  expect(splitValues('[a, b],{ k: 1, l: 2 },"x,y"')).toEqual(["[a, b]", "{ k: 1, l: 2 }", '"x,y"']);
});
