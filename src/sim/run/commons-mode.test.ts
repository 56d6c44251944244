/** Three rules for public work under one demand and one seed. */
import { Schema } from "effect";
import { expect, test } from "vitest";
import { Scenario } from "../scenario/schema.ts";
import { Run } from "./run.ts";

const village = {
  name: "village",
  until: "6h",
  nodes: 20,
  edges: 1,
  hosts: { mixture: { always: 1 } },
  workload: { load: 0.5, tasks: { mean: 3 }, taskVcu: { mean: 0.1, sigma: 0.5 } },
  patience: { for: "6h", every: "20min" },
  limits: { escrowTasks: 2, probationResults: 3, probationMilliVcu: 100 },
  policies: { verification: { rule: "quorum" } },
};

function underMode(mode: "probation" | "needy" | "idle") {
  const commons = { mode, taskVcu: 0.05, tasksPerJob: 4 };
  const scenario = Schema.decodeUnknownSync(Scenario)({ ...village, commons });
  const run = new Run({ scenario, seed: 1, files: new Map() });
  while (!run.advance(1e6));
  const { verdict, metrics } = run.result();
  return { verdict, settled: metrics.settled ?? 0, minted: metrics.commonsVcu ?? 0 };
}

test("Commons: who lacks credit earns it; the mint pays less than for all idle machines", () => {
  const [probation, needy, idle] = (["probation", "needy", "idle"] as const).map(underMode);
  expect([probation?.verdict, needy?.verdict, idle?.verdict]).toEqual(["pass", "pass", "pass"]);
  expect(needy?.settled).toBeGreaterThan(probation?.settled ?? 0);
  expect(needy?.minted).toBeGreaterThan(probation?.minted ?? 0);
  expect(needy?.minted).toBeLessThan(idle?.minted ?? 0);
});
