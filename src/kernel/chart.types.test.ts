/** What the compiler of TypeScript must accept and refuse in an actor's machine.ts. */
import { expect, expectTypeOf, test } from "vitest";
import { setup } from "xstate";
import { type Address, address } from "./address.ts";
import {
  type Chart,
  chartSetup,
  commandAction,
  compileChart,
  type Decision,
  decide,
} from "./chart.ts";
import { noCommands, reply } from "./command.ts";
import type { Delivery } from "./delivery.ts";

type Assign = { readonly type: "Assign"; readonly task: string };
type Done = { readonly type: "Done"; readonly ok: boolean };
type NodeMessage = Assign | Done;

interface NodeContext {
  readonly owner: Address;
  readonly task: string | undefined;
}
interface NodeInput {
  readonly owner: Address;
}

const assignTask = (context: NodeContext, d: Delivery<Assign>): Decision<NodeContext> => ({
  context: { ...context, task: d.message.task },
  commands: [reply({ type: "Assigned" })],
});
const anything = (context: NodeContext, d: Delivery<NodeMessage>): Decision<NodeContext> => ({
  context: d.type === "Assign" ? { ...context, task: d.message.task } : context,
  commands: noCommands,
});
const other = (context: { readonly x: number }): Decision<{ readonly x: number }> => ({
  context,
  commands: noCommands,
});
const fits = ({ event }: { event: Delivery<Assign> }): boolean => event.message.task !== "";

const machine = chartSetup<NodeContext, NodeMessage, NodeInput>()({
  guards: {
    isFree: ({ context }) => context.task === undefined,
    longerThan: (_, params: { readonly length: number }) => params.length > 1,
  },
  delays: { leaseTerm: ({ event }) => event.atUs + 1, grace: 5_000_000 },
}).createMachine({
  id: "node",
  context: ({ input }) => ({ owner: input.owner, task: undefined }),
  initial: "idle",
  states: {
    idle: {
      entry: decide(anything),
      meta: { ignores: ["Done"] },
      on: {
        Assign: [
          { guard: fits, target: "busy", actions: decide(assignTask) },
          { guard: "isFree", actions: [decide(assignTask), decide(anything)] },
          { guard: { type: "longerThan", params: { length: 3 } }, actions: decide(assignTask) },
          {
            actions: {
              type: "command",
              params: ({ event }) => reply({ type: event.message.task }),
            },
          },
        ],
      },
    },
    busy: { after: { leaseTerm: { target: "idle", actions: decide(anything) } } },
  },
});

test("a chart takes its types from its machine", () => {
  const chart = compileChart(machine);
  expectTypeOf(chart).toEqualTypeOf<Chart<NodeContext, NodeMessage, NodeInput>>();
  expect(chart.leaves).toEqual(["idle", "busy"]);
  expect(chart.init({ owner: address("node", "a") }).state.at).toBe("idle");
});

test("plain setup works as well", () => {
  const plain = setup({
    types: {
      context: {} as NodeContext,
      events: {} as Delivery<NodeMessage>,
      input: {} as NodeInput,
    },
    guards: { isFree: ({ context }) => context.task === undefined },
    actions: { command: commandAction },
    delays: { leaseTerm: () => 5 },
  }).createMachine({
    context: ({ input }) => ({ owner: input.owner, task: undefined }),
    initial: "idle",
    states: {
      idle: {
        after: { leaseTerm: "idle" },
        on: { Assign: { guard: "isFree", actions: decide(assignTask) } },
      },
    },
  });
  expectTypeOf(compileChart(plain)).toEqualTypeOf<Chart<NodeContext, NodeMessage, NodeInput>>();
});

test("what does not fit is refused", () => {
  const context = { owner: address("node", "a"), task: undefined };
  const make = chartSetup<NodeContext, NodeMessage, NodeInput>()({
    guards: { isFree: () => true },
    delays: { leaseTerm: 1 },
  });
  const states = { idle: {} };
  const base = { context, initial: "idle", states } as const;
  // @ts-expect-error an Assign's decision cannot serve a Done
  make.createMachine({ ...base, on: { Done: { actions: decide(assignTask) } } });
  // @ts-expect-error nor every way into a state
  make.createMachine({ ...base, entry: decide(assignTask) });
  // @ts-expect-error another context
  make.createMachine({ ...base, on: { Assign: { actions: decide(other) } } });
  // @ts-expect-error no such message
  make.createMachine({ ...base, on: { Assing: { actions: decide(anything) } } });
  // @ts-expect-error no such guard
  make.createMachine({ ...base, on: { Done: { guard: "isFre" } } });
  // @ts-expect-error no such message to ignore
  make.createMachine({ ...base, meta: { ignores: ["Dnoe"] } });
  // @ts-expect-error no command
  make.createMachine({ ...base, entry: { type: "command", params: { command: "Sned" } } });
  expect(make.createMachine(base).id).toBe("(machine)");
});
