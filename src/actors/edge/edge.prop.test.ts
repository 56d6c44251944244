/** What holds in an edge whatever nodes, jobs and contributors say. */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Oracle } from "../../../test/oracle/chart-oracle.ts";
import type { ChartState } from "../../kernel/chart.ts";
import type { Command } from "../../kernel/command.ts";
import { memberAt, type Pool, poolSize } from "../../kernel/pool.ts";
import { near } from "../../policies/placement/near.ts";
import { random } from "../../policies/placement/random.ts";
import { credit } from "../../policies/scheduling/credit.ts";
import { firstCome } from "../../policies/scheduling/first-come.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { JobMessage } from "../job/messages.ts";
import { JobInput } from "../job/state.ts";
import { NodeMessage } from "../node/messages.ts";
import { TrainingInput } from "../training/state.ts";
import { edgeInput, edgeLetter } from "./edge.arbitrary.ts";
import { makeEdge } from "./edge.ts";
import { edgeMachine } from "./machine.ts";
import { EdgeMessage } from "./messages.ts";
import type { EdgeContext, EdgeRules } from "./state.ts";
import { isReady } from "./turn.ts";

const rules: ReadonlyArray<EdgeRules> = [
  {
    scheduling: firstCome,
    schedulingParams: {},
    placement: near,
    placementParams: Schema.decodeSync(near.Params)({ localBytes: 0 }),
  },
  {
    scheduling: credit,
    schedulingParams: Schema.decodeSync(credit.Params)({}),
    placement: random,
    placementParams: {},
  },
];
const history = fc.array(edgeLetter, { minLength: 40, maxLength: 120, size: "max" });

function membersOf(pool: Pool<string>): ReadonlyArray<string> {
  return Array.from({ length: poolSize(pool) }, (_, place) => memberAt(pool, place)).sort();
}

/** The books of an edge agree with each other. */
function expectSound(context: EdgeContext, { scheduling }: EdgeRules): void {
  const nodes = context.nodes.entries();
  const ready = nodes.filter(([, entry]) => isReady(entry));
  expect(membersOf(context.ready)).toEqual(ready.map(([node]) => node));
  const keys = context.near.keys.entries();
  expect(keys.map(([node]) => node)).toEqual(ready.map(([node]) => node));
  for (const [node, key] of keys) expect(context.near.members.get(key)).toBe(node);
  const sizes = context.near.sizes.entries();
  expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBe(ready.length);
  for (const [, entry] of nodes) {
    expect(entry.errorPpm).toBeGreaterThan(0);
    expect(entry.errorPpm).toBeLessThanOrEqual(1_500_000);
    expect(entry.track.reliability).toBeGreaterThanOrEqual(0);
    expect(entry.track.reliability).toBeLessThanOrEqual(1_000);
  }
  const newcomers = ready.filter(([, entry]) => entry.probation).map(([node]) => node);
  const isKept = context.input.commons.mode === "probation";
  expect(membersOf(context.newcomers)).toEqual(isKept ? newcomers : []);

  const here = nodes.filter(([, entry]) => entry.presence === "here");
  const owners = new Set(here.map(([, { owner }]) => owner));
  const capacities = [...owners].sort().map((owner) => {
    const own = here.filter(([, entry]) => entry.owner === owner);
    return [owner, own.reduce((sum, [, { slots, slotMflops }]) => sum + slots * slotMflops, 0)];
  });
  expect(context.owners.entries()).toEqual(capacities.filter(([, sum]) => sum !== 0));
  const yielding = context.attempts
    .entries()
    .filter(([, { work, phase }]) => work !== null && phase !== "revoking");
  expect(membersOf(context.preemptible)).toEqual(yielding.map(([id]) => id));

  const onNodes = nodes.flatMap(([node, { attempts }]) => attempts.map((id) => `${id} ${node}`));
  const open = context.attempts.entries();
  expect(onNodes.sort()).toEqual(open.map(([id, attempt]) => `${id} ${attempt.node}`).sort());

  let waiting = 0;
  let commonsWaiting = 0;
  let announced = 0;
  const inTasks: Array<string> = [];
  for (const [job, record] of context.jobs.entries()) {
    announced += record.announced;
    for (const [task, of] of record.tasks.entries()) {
      waiting += of.waiting;
      if (record.commons) commonsWaiting += of.waiting;
      inTasks.push(...of.open.map((id) => `${id} ${job} ${task}`));
      expect(new Set(of.owners).size, "owners of one task").toBe(of.owners.length);
      expect(new Set(of.clusters).size, "clusters of one task").toBe(of.owners.length);
      expect(of.waiting).toBeGreaterThanOrEqual(0);
    }
  }
  expect(context.commonsAnnounced).toBe(announced);
  expect(context.commonsWaiting).toBe(commonsWaiting);
  const known = open.map(([id, attempt]) => `${id} ${attempt.job} ${attempt.task}`);
  expect(inTasks.sort()).toEqual(known.sort());

  const wanted = context.aside.works
    .entries()
    .filter(([, work]) => context.jobs.get(work.job)?.tasks.has(work.task) === true);
  expect(scheduling.size(context.schedule) + wanted.length).toBe(waiting);
}

const exact = { onExcessProperty: "error" } as const;
const isSent = Schema.is(Schema.Union(NodeMessage, JobMessage, ContributorMessage), exact);
const isOwn = Schema.is(EdgeMessage, exact);
const isInput = Schema.is(Schema.typeSchema(Schema.Union(JobInput, TrainingInput)), exact);

function isWellFormed(command: Command): boolean {
  switch (command.command) {
    case "Send":
    case "Reply":
      return isSent(command.message);
    case "StartTimer":
      return isOwn(command.message);
    case "Spawn":
      return isInput(command.input);
    default:
      return command.command === "CancelTimer";
  }
}

describe.each(rules.map((each) => [each.scheduling.name, each] as const))(
  "Edge: %s",
  (_, given) => {
    const edge = makeEdge(given);
    const encode = Schema.encodeSync(edge.State);
    const decode = Schema.decodeSync(edge.State);
    const textOf = (state: ChartState<EdgeContext>) => JSON.stringify(encode(state));

    test("any history: the books agree and every message is what schemas say", () => {
      const seen = new Set<string>();
      const property = fc.property(edgeInput, history, (input, letters) => {
        let { state } = edge.init(input);
        letters.forEach((write, n) => {
          const step = edge.step(state, write(state.context, n));
          expect(step.handled || state.at === "draining").toBe(true);
          for (const command of step.commands) {
            expect(isWellFormed(command), JSON.stringify(command.command)).toBe(true);
            seen.add("message" in command ? command.message.type : command.command);
            if ("message" in command && "reason" in command.message) {
              seen.add(String(command.message.reason));
            }
          }
          state = step.state;
          seen.add(state.at);
          expectSound(state.context, given);
        });
      });
      fc.assert(property, { numRuns: 20 });
      const places = ["serving", "degraded", "draining", "Spawn", "JobRefused"];
      const words = [
        "Assign",
        "AttemptLost",
        "AttemptSlow",
        "LeaseExpired",
        "Retry",
        "Revoke",
        "Welcome",
        "preempted",
      ];
      expect([...seen]).toEqual(expect.arrayContaining([...places, ...words]));
    });

    test("any history: goes on from its JSON, and the state before a step stays valid", () => {
      const property = fc.property(edgeInput, history, (input, letters) => {
        let { state } = edge.init(input);
        letters.forEach((write, n) => {
          const delivery = write(state.context, n);
          const before = textOf(state);
          const step = edge.step(state, delivery);
          const again = edge.step(decode(JSON.parse(before)), delivery);
          expect(again.commands).toEqual(step.commands);
          expect(textOf(again.state)).toBe(textOf(step.state));
          expect(textOf(state)).toBe(before);
          state = step.state;
        });
      });
      fc.assert(property, { numRuns: 10 });
    });

    test("any history: the compiled chart does what XState does", () => {
      const property = fc.property(edgeInput, history, (input, letters) => {
        const oracle = new Oracle(edgeMachine(given));
        oracle.init(input);
        let { state } = edge.init(input);
        letters.forEach((write, n) => {
          const delivery = write(state.context, n);
          const step = edge.step(state, delivery);
          const { at, context, commands, handled } = oracle.step(delivery);
          expect([step.state.at, step.commands, step.handled]).toEqual([at, commands, handled]);
          expect(textOf(step.state)).toBe(textOf({ at, context: context as EdgeContext }));
          state = step.state;
        });
      });
      fc.assert(property, { numRuns: 8 });
    });
  },
);
