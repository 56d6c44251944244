/** The compiled charts, feature by feature; test/oracle compares them with XState itself. */
import { expect, test } from "vitest";
import * as x from "xstate";
import { address } from "./address.ts";
import { ChartUnsupported } from "./chart/unsupported.ts";
import { type ChartState, chartSetup, compileChart, type Decision, decide } from "./chart.ts";
import { type Command, cancelTimer, publish, startTimer } from "./command.ts";
import type { Delivery } from "./delivery.ts";
import { micros } from "./duration.ts";
import type { Seed } from "./entropy.ts";
import { InvariantViolation } from "./invariant.ts";
import type { Message, MessageId } from "./message.ts";

type Msg = { readonly type: "A" | "B" | "C" | "D"; readonly n?: number };
interface Context {
  readonly n: number;
  readonly log: ReadonlyArray<string>;
}
interface Input {
  readonly n: number;
}

const delivery = <M extends Message>(message: M): Delivery<M> =>
  ({
    type: message.type,
    id: "test/a#0" as MessageId,
    atUs: micros(7),
    entropy: 0 as Seed,
    from: address("test", "a"),
    message,
  }) as unknown as Delivery<M>;

const said = (word: string): Command => publish("said", { type: word });
const say = (word: string) => ({ type: "command" as const, params: said(word) });
const add = (context: Context, d: Delivery<Msg>): Decision<Context> => ({
  context: { ...context, n: context.n + (d.message.n ?? 1) },
  commands: [said(`added ${d.type}`)],
});
const keep = (context: Context): Decision<Context> => ({ context, commands: [] });
const note = (word: string) =>
  decide((context: Context) => ({
    context: { ...context, log: [...context.log, word] },
    commands: [],
  }));

const make = chartSetup<Context, Msg, Input>()({
  guards: {
    isPositive: ({ context }) => context.n > 0,
    isOver: ({ context }, params: { readonly limit: number }) => context.n > params.limit,
  },
  delays: { term: ({ context }) => context.n * 1_000, grace: 5 },
});
const start = { context: ({ input }: { input: Input }) => ({ n: input.n, log: [] }) };

/** A chart of anything, with the words that its steps say. */
function run(config: object, n = 1) {
  const chart = compileChart(make.createMachine({ id: "m", ...start, ...config }));
  const first = chart.init({ n });
  let state: ChartState<Context> = first.state;
  const send = (type: string, payload?: number) => {
    const before = state;
    const step = chart.step(state, delivery({ type, n: payload }) as never);
    state = step.state;
    return { ...step, same: state === before, words: words(step.commands) };
  };
  return { chart, first, send, at: () => state.at, context: () => state.context };
}

function words(commands: ReadonlyArray<Command>): ReadonlyArray<string> {
  return commands.map((command) => {
    if (command.command === "Publish") return command.message.type;
    return "key" in command ? `${command.command} ${command.key}` : command.command;
  });
}

test("the first step makes the context, enters outermost first and follows always", () => {
  const { first } = run({
    initial: "outer",
    entry: say("root"),
    states: {
      outer: {
        entry: say("outer"),
        initial: { target: "inner", actions: say("initial") },
        states: { inner: { entry: say("inner"), always: "next" }, next: { entry: say("next") } },
      },
    },
  });
  expect(first.state).toEqual({ at: "outer.next", context: { n: 1, log: [] } });
  expect(words(first.commands)).toEqual(["root", "outer", "initial", "inner", "next"]);
  expect(first.handled).toBe(true);
});

test("exits run innermost first, then the transition's actions, then entries", () => {
  const { send, at } = run({
    initial: "a",
    states: {
      a: {
        exit: say("-a"),
        initial: "b",
        states: { b: { exit: say("-b"), on: { A: { target: "#m.c.d", actions: say("go") } } } },
      },
      c: {
        entry: say("+c"),
        initial: "e",
        states: { d: { entry: [say("+d1"), say("+d2")] }, e: { entry: say("+e") } },
      },
    },
  });
  expect(send("A").words).toEqual(["-b", "-a", "go", "+c", "+d1", "+d2"]);
  expect(at()).toBe("c.d");
});

test("decide computes context and commands in one go", () => {
  const { send, context } = run({
    initial: "a",
    states: { a: { on: { A: { actions: decide(add) } } } },
  });
  const step = send("A", 4);
  expect(step.words).toEqual(["added A"]);
  expect(context().n).toBe(5);
  expect(step.handled).toBe(true);
});

test("a decision that keeps the context keeps the state", () => {
  const { send } = run({
    initial: "a",
    states: { a: { on: { A: { actions: decide(keep) } } } },
  });
  expect(send("A")).toMatchObject({ same: true, handled: true, commands: [] });
});

test("assign takes a function or an object; later actions see what earlier ones assigned", () => {
  const { send, context } = run({
    initial: "a",
    on: {
      A: {
        actions: [
          x.assign(({ context: c }) => ({ n: c.n + 1 })),
          x.assign({ n: ({ context: c }) => c.n * 10, log: ["reset"] }),
          { type: "command", params: ({ context: c }: { context: Context }) => [said(`${c.n}`)] },
        ],
      },
    },
    states: { a: {} },
  });
  expect(send("A").words).toEqual(["20"]);
  expect(context()).toEqual({ n: 20, log: ["reset"] });
});

test("commands may be one, several or computed; arrays of the user's are never changed", () => {
  const shared = [said("one"), said("two")];
  const { send } = run({
    initial: "a",
    states: {
      a: {
        on: {
          A: {
            actions: [
              { type: "command", params: shared },
              say("three"),
              { type: "command", params: ({ event }: { event: Delivery }) => said(event.type) },
            ],
          },
        },
      },
    },
  });
  expect(send("A").words).toEqual(["one", "two", "three", "A"]);
  expect(send("A").words).toEqual(["one", "two", "three", "A"]);
  expect(shared).toHaveLength(2);
});

test("guards: named, with params, as functions; the first that passes wins", () => {
  const { send } = run({
    initial: "a",
    states: {
      a: {
        on: {
          A: [
            { guard: { type: "isOver", params: { limit: 10 } }, actions: say("over ten") },
            {
              guard: ({ event }: { event: Delivery<Msg> }) => event.message.n === 0,
              actions: say("zero"),
            },
            { guard: "isPositive", actions: decide(add) },
          ],
          B: { guard: { type: "isOver", params: () => ({ limit: 99 }) }, actions: say("no") },
        },
      },
    },
  });
  expect(send("A", 0).words).toEqual(["zero"]);
  expect(send("A", 20).words).toEqual(["added A"]);
  expect(send("A", 20).words).toEqual(["over ten"]);
  expect(send("B")).toMatchObject({ handled: false, same: true });
});

test("the leaf is asked first, then its ancestors; an empty transition shields them", () => {
  const { send } = run({
    initial: "a",
    on: { A: { actions: say("root") }, B: { actions: say("root") } },
    states: { a: { initial: "b", states: { b: { on: { A: { actions: say("b") }, B: {} } } } } },
  });
  expect(send("A").words).toEqual(["b"]);
  expect(send("B")).toMatchObject({ words: [], handled: true, same: true });
});

test("a wildcard takes what its state does not name", () => {
  const { send } = run({
    initial: "a",
    states: { a: { on: { A: { actions: say("A") }, "*": { actions: say("any") } } } },
  });
  expect(send("A").words).toEqual(["A"]);
  expect(send("Whatever").words).toEqual(["any"]);
});

test("unhandled: the same state, no commands, handled false unless ignored on purpose", () => {
  const { send, first } = run({
    initial: "a",
    meta: { ignores: ["D"] },
    states: {
      a: { meta: { ignores: ["B"] }, on: { A: "b" } },
      b: { on: { B: { guard: () => false, target: "a" } } },
    },
  });
  const step = send("C");
  expect(step).toMatchObject({ handled: false, same: true });
  expect(step.commands).toHaveLength(0);
  expect(send("B")).toMatchObject({ handled: true, same: true });
  expect(send("D")).toMatchObject({ handled: true, same: true });
  send("A");
  expect(send("B")).toMatchObject({ handled: false, same: true });
  expect(first.state.at).toBe("a");
});

test("after starts a timer behind the entry actions and cancels it behind the exit actions", () => {
  const { first, send, at } = run(
    {
      initial: "busy",
      states: {
        busy: {
          entry: say("enter"),
          exit: say("leave"),
          after: { term: { target: "idle", actions: say("over") }, grace: { guard: () => false } },
        },
        idle: {},
      },
    },
    3,
  );
  const term = "xstate.after.term.m.busy";
  const grace = "xstate.after.grace.m.busy";
  expect(first.commands).toEqual([
    said("enter"),
    startTimer(term, 3_000, { type: term }),
    startTimer(grace, 5, { type: grace }),
  ]);
  const fired = send(term);
  expect(fired.commands).toEqual([
    said("leave"),
    cancelTimer(term),
    cancelTimer(grace),
    said("over"),
  ]);
  expect(at()).toBe("idle");
  expect(send(term).handled).toBe(false);
});

test("a delay must be a whole number of microseconds", () => {
  const config = { initial: "a", states: { a: { after: { term: "a" } } } };
  expect(() => run(config, 0.0001)).toThrow(InvariantViolation);
});

test("reenter leaves and enters its own state; without it a child is exchanged inside", () => {
  const { send } = run({
    initial: "a",
    states: {
      a: {
        entry: say("+a"),
        exit: say("-a"),
        initial: "b",
        on: { A: { target: "a", reenter: true }, B: ".c", C: { target: "a" } },
        states: { b: { entry: say("+b") }, c: { entry: say("+c") } },
      },
    },
  });
  expect(send("A").words).toEqual(["-a", "+a", "+b"]);
  expect(send("B").words).toEqual(["+c"]);
  expect(send("C").words).toEqual(["+b"]);
});

test("a nested final state raises done, which the parent answers", () => {
  const { send, at, context } = run({
    initial: "work",
    states: {
      work: {
        initial: "one",
        states: {
          one: { on: { A: { target: "end", actions: decide(add) } } },
          end: { type: "final" },
        },
        onDone: { target: "rest", actions: note("done") },
      },
      rest: { entry: note("rest") },
    },
  });
  expect(send("A").words).toEqual(["added A"]);
  expect(at()).toBe("rest");
  expect(context().log).toEqual(["done", "rest"]);
});

test("a final state of the root ends the chart: exits run, then nothing is heard", () => {
  const { chart, send, at } = run({
    initial: "a",
    exit: say("-root"),
    on: { B: { actions: say("never") } },
    states: {
      a: { on: { A: "end" } },
      end: { type: "final", entry: say("+end"), exit: say("-end"), meta: { ignores: ["C"] } },
    },
  });
  expect(send("A").words).toEqual(["+end", "-end", "-root"]);
  expect(chart.isDone({ at: at(), context: { n: 0, log: [] } })).toBe(true);
  expect(send("B")).toMatchObject({ handled: false, same: true });
  expect(send("C")).toMatchObject({ handled: true, same: true });
});

test("always is asked after every message, handled or not, and must come to rest", () => {
  const isHigh = ({ event }: { event: Delivery<Msg> }) => (event.message?.n ?? 0) > 5;
  const { send, at } = run({
    initial: "a",
    states: { a: { always: { guard: isHigh, target: "b" } }, b: {} },
  });
  expect(send("A", 1).handled).toBe(false);
  expect(send("A", 9).handled).toBe(true);
  expect(at()).toBe("b");
  const endless = { a: { always: "b" }, b: { always: "a" } };
  expect(() => run({ initial: "a", states: endless })).toThrow('"always" never comes to rest');
});

test("a state that no chart has is a broken invariant", () => {
  const { chart } = run({ initial: "a", states: { a: {} } });
  const lost = { at: "gone", context: { n: 0, log: [] } };
  expect(() => chart.step(lost, delivery({ type: "A" }))).toThrow('no state "gone"');
});

test("describe gives the chart as plain data", () => {
  const { chart } = run({
    initial: "a",
    states: {
      a: {
        description: "Waits.",
        meta: { ignores: ["B"] },
        entry: note("x"),
        after: { grace: "end" },
        always: { guard: "isPositive", target: "b" },
        on: { A: { guard: "isPositive", target: "b", actions: [decide(add), say("go")] } },
      },
      b: {},
      end: { type: "final" },
    },
  });
  const description = chart.describe();
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  expect(description).toMatchObject({
    id: "m",
    initial: "a",
    leaves: ["a", "b", "end"],
    finals: ["end"],
  });
  const [a] = description.root.states;
  expect(a).toMatchObject({ at: "a", kind: "leaf", description: "Waits.", ignores: ["B"] });
  const to = (kind: string, on: string, target: string) => ({ kind, on, target, reenter: false });
  expect(a?.transitions).toEqual([
    {
      ...to("on", "A", "b"),
      guard: "isPositive",
      actions: [
        { kind: "decide", name: "add" },
        { kind: "command", name: "" },
      ],
    },
    { ...to("after", "grace", "end"), actions: [] },
    { ...to("always", "", "b"), guard: "isPositive", actions: [] },
  ]);
});

const a = { a: {} };
const logic = x.fromPromise(async () => 1);
test.each<readonly [string, object, string]>([
  ["parallel states", { type: "parallel", states: a }, 'a root of type "parallel" (in the root)'],
  ["no states", {}, 'a root of type "atomic" (in the root)'],
  [
    "nested parallel states",
    { initial: "a", states: { a: { type: "parallel", states: { b: {}, c: {} } } } },
    'a parallel state (in state "a")',
  ],
  [
    "history",
    { initial: "a", states: { a: {}, h: { type: "history" } } },
    'a history state (in state "h")',
  ],
  [
    "invoke",
    { initial: "a", states: { a: { invoke: { src: logic } } } },
    '"invoke" (in state "a")',
  ],
  ["output", { initial: "a", output: 1, states: a }, '"output" (in the root)'],
  ["unknown keys", { initial: "a", states: { a: { activities: [] } } }, '"activities"'],
  ["raise", { initial: "a", entry: x.raise({ type: "A" }), states: a }, 'the action "raise"'],
  ["cancel", { initial: "a", entry: x.cancel("t"), states: a }, 'the action "cancel"'],
  ["emit", { initial: "a", entry: x.emit({ type: "A" }), states: a }, 'the action "emit"'],
  ["log", { initial: "a", entry: x.log("a"), states: a }, 'the action "log"'],
  ["sendTo", { initial: "a", entry: x.sendTo("b", { type: "A" }), states: a }, '"sendTo"'],
  ["sendParent", { initial: "a", entry: x.sendParent({ type: "A" }), states: a }, '"sendTo"'],
  ["spawnChild", { initial: "a", entry: x.spawnChild(logic), states: a }, '"spawnChild"'],
  ["stopChild", { initial: "a", entry: x.stopChild("b"), states: a }, '"stopChild"'],
  [
    "enqueueActions other than decide",
    { initial: "a", entry: x.enqueueActions(() => undefined), states: a },
    'the action "enqueueActions"',
  ],
  [
    "action functions",
    { initial: "a", states: { a: { on: { A: { actions: function shout() {} } } } } },
    'the function "shout" as an action: use decide, assign or command (in state "a")',
  ],
  ["custom actions", { initial: "a", entry: { type: "x" }, states: a }, 'the custom action "x"'],
  ["empty commands", { initial: "a", entry: { type: "command" }, states: a }, "without params"],
  [
    "combined guards",
    { initial: "a", on: { A: { guard: x.not("isPositive") } }, states: a },
    'the guard "not(…)"',
  ],
  ["stateIn", { initial: "a", on: { A: { guard: x.stateIn("a") } }, states: a }, '"stateIn(…)"'],
  ["unknown guards", { initial: "a", on: { A: { guard: "x" } }, states: a }, 'guard "x"'],
  [
    "unnamed delays",
    { initial: "a", states: { a: { after: { 100: "a" } } } },
    'the unnamed delay 100: name it under "delays" (in state "a")',
  ],
  ["unknown delays", { initial: "a", after: { x: ".a" }, states: a }, 'the undefined delay "x"'],
  ["partial wildcards", { initial: "a", on: { "a.*": {} }, states: a }, 'wildcard "a.*"'],
  ["XState's own events", { initial: "a", on: { "xstate.x": {} }, states: a }, 'on "xstate.x"'],
  ["onDone of the root", { initial: "a", onDone: ".a", states: a }, '"onDone" on the root'],
  [
    "several targets",
    { initial: "a", on: { A: [{ target: [".a", ".b"] }] }, states: { a: {}, b: {} } },
    "several targets",
  ],
  ["unknown transition keys", { initial: "a", on: { A: { in: "a" } }, states: a }, '"in" on a'],
  ["equal ids", { initial: "a", states: { a: { id: "i" }, b: { id: "i" } } }, 'two ids "i"'],
  ["dots in names", { initial: "a.b", states: { "a.b": {} } }, "a dot in a state's name"],
  [
    "states in a final state",
    { initial: "a", states: { a: { type: "final", initial: "b", states: { b: {} } } } },
    'states inside a final state (in state "a")',
  ],
])("%s are refused", (_, config, message) => {
  expect(() => run(config)).toThrow(ChartUnsupported);
  expect(() => run(config)).toThrow(message);
});

test("spawning in the context is refused", () => {
  const config = {
    initial: "a",
    states: a,
    context: ({ spawn }: { spawn: (logic: unknown) => unknown }) => ({ child: spawn(logic) }),
  };
  expect(() => run(config)).toThrow(ChartUnsupported);
});
