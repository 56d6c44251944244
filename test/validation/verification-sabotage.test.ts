/**
 * Believed errors when a share f of a hundred hosts lies together and comes back under new names
 * after being caught: 60,000 tasks each. The goal is one wrong result in a hundred at most.
 */
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { adaptive } from "../../src/policies/verification/adaptive.ts";
import { credibility } from "../../src/policies/verification/credibility.ts";
import { quorum } from "../../src/policies/verification/quorum.ts";
import { always, besiege, type Outcome, sleeper, sometimes } from "./verification.ts";

const TASKS = 60_000;
const rule = { policy: credibility, params: Schema.decodeSync(credibility.Params)({}) };

const strategies = [
  { name: "always", strategy: always },
  { name: "every second time", strategy: sometimes(0.5) },
  { name: "one in ten", strategy: sometimes(0.1) },
  { name: "one in fifty", strategy: sometimes(0.02) },
  { name: "after 10 honest runs", strategy: sleeper(10) },
  { name: "after 50 honest runs", strategy: sleeper(50) },
  { name: "after 200 honest runs", strategy: sleeper(200) },
];

function tell(what: string, { tasks, wrongDelivered, wrongFinal, executions }: Outcome): void {
  const share = (n: number) => (n / tasks).toFixed(5);
  console.info(
    `${what}: delivered ${share(wrongDelivered)}, final ${share(wrongFinal)}, ` +
      `${(executions / tasks).toFixed(3)} executions a task`,
  );
}

describe("Credibility voting: saboteurs", () => {
  const cases = [0.2, 0.35].flatMap((f) => strategies.map((each) => ({ f, ...each })));

  test.each(cases)("f = $f, lying $name: at most 1 % stays wrong", ({ f, name, strategy }) => {
    const outcome = besiege({ rule, seed: 1, hosts: 100, f, strategy, tasks: TASKS });
    tell(`credibility, f ${f}, ${name}`, outcome);
    expect(outcome.wrongFinal / TASKS).toBeLessThanOrEqual(0.01);
    // the bound is not met by refusing to decide
    expect(outcome.rejected / TASKS).toBeLessThan(0.001);
  });

  test("honest hosts: at most 1.15 executions a task after 200 tasks a host", () => {
    const siege = { rule, seed: 1, hosts: 100, f: 0, strategy: always };
    const outcome = besiege({ ...siege, warmUp: 20_000, tasks: 20_000 });
    tell("credibility, all honest", outcome);
    expect(outcome.executions / outcome.tasks).toBeLessThanOrEqual(1.15);
    expect(outcome.wrongFinal).toBe(0);
  });
});

describe("What the rivals believe of the same saboteurs", () => {
  const two = { policy: quorum, params: { agree: 2, limit: 8 } };
  const three = { policy: quorum, params: { agree: 3, limit: 8 } };
  const boinc = { policy: adaptive, params: Schema.decodeSync(adaptive.Params)({}) };

  /** First to m of 2m - 1 votes when all bad agree. */
  test.each([
    { rule: two, m: 2, error: 0.104 },
    { rule: three, m: 3, error: 0.05792 },
  ])("quorum of $m: $error at f = .2", ({ rule: voting, m, error }) => {
    const siege = { seed: 1, hosts: 100, f: 0.2, strategy: always, tasks: 20_000 };
    const outcome = besiege({ ...siege, rule: voting });
    tell(`quorum ${m}, f 0.2, always`, outcome);
    expect(Math.abs(outcome.wrongDelivered / outcome.tasks - error)).toBeLessThan(0.01);
  });

  test("adaptive replication at f = .2: some eight in a hundred", () => {
    const siege = { seed: 1, hosts: 100, f: 0.2, strategy: always, tasks: 20_000 };
    const outcome = besiege({ ...siege, rule: boinc });
    tell("adaptive, f 0.2, always", outcome);
    expect(outcome.wrongDelivered / outcome.tasks).toBeGreaterThan(0.05);
  });
});
