/** Random charts: first a specification as plain data, which fast-check shrinks, then a machine. */
import fc from "fast-check";
import { type AnyStateMachine, assign, setup } from "xstate";
import { commandAction, decide } from "../../src/kernel/chart.ts";
import { type Command, publish, startTimer } from "../../src/kernel/command.ts";

type Kind = "assign" | "assignKeys" | "named" | "decide" | "command" | "commands" | "computed";
interface ActionSpec {
  readonly kind: Kind;
  readonly n: number;
}
interface TransitionSpec {
  readonly on: string;
  readonly guard: number;
  readonly style: "none" | "sibling" | "child" | "id";
  readonly pick: number;
  readonly reenter: boolean;
  readonly refuel: boolean;
  readonly actions: ReadonlyArray<ActionSpec>;
}
interface NodeSpec {
  readonly final: boolean;
  readonly named: boolean;
  readonly pick: number;
  readonly initial: number;
  readonly initialActions: ReadonlyArray<ActionSpec>;
  readonly entry: ReadonlyArray<ActionSpec>;
  readonly exit: ReadonlyArray<ActionSpec>;
  readonly on: ReadonlyArray<TransitionSpec>;
  readonly always: ReadonlyArray<TransitionSpec>;
  readonly after: ReadonlyArray<TransitionSpec>;
  readonly onDone: ReadonlyArray<TransitionSpec>;
  readonly ignores: ReadonlyArray<string>;
  readonly children: ReadonlyArray<NodeSpec>;
}
export interface ChartSpec {
  readonly root: NodeSpec;
}

export interface Context {
  readonly a: number;
  readonly fuel: number;
  readonly log: ReadonlyArray<string>;
}
interface Args {
  readonly context: Context;
  readonly event: { readonly type: string; readonly message?: { readonly n?: number } };
}

const delayNames = ["short", "long", "fixed"];
export const messageTypes = ["A", "B", "C", "D", "Stranger"];

const actionSpec: fc.Arbitrary<ActionSpec> = fc.record({
  kind: fc.constantFrom<Kind>(
    "assign",
    "assignKeys",
    "named",
    "decide",
    "decide",
    "command",
    "commands",
    "computed",
  ),
  n: fc.nat(9),
});
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) =>
  fc.array(arbitrary, { maxLength, size: "max" });
const seldom = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: few(arbitrary, maxLength) },
  );
const transitionSpec: fc.Arbitrary<TransitionSpec> = fc.record({
  on: fc.constantFrom("A", "A", "B", "B", "C", "D", "*"),
  guard: fc.nat(9),
  style: fc.constantFrom("none", "sibling", "sibling", "child", "id", "id"),
  pick: fc.nat(40),
  reenter: fc.boolean(),
  refuel: fc.boolean(),
  actions: few(actionSpec, 2),
});

const nodeSpec = (depth: number): fc.Arbitrary<NodeSpec> =>
  fc.record({
    final: fc.nat(3).map((n) => n === 0),
    named: fc.boolean(),
    pick: fc.nat(2),
    initial: fc.nat(3),
    initialActions: seldom(actionSpec, 1),
    entry: seldom(actionSpec, 2),
    exit: seldom(actionSpec, 2),
    on: few(transitionSpec, 3),
    always: seldom(transitionSpec, 2),
    after: seldom(transitionSpec, 2),
    onDone: few(transitionSpec, 2),
    ignores: seldom(fc.constantFrom("A", "C", "Stranger"), 2),
    children:
      depth === 0
        ? fc.constant([])
        : depth === 3
          ? fc.array(nodeSpec(depth - 1), { minLength: 1, maxLength: 4, size: "max" })
          : fc.oneof(
              { weight: 1, arbitrary: fc.constant([]) },
              { weight: 2, arbitrary: few(nodeSpec(depth - 1), 3) },
            ),
  });

export const chartSpec: fc.Arbitrary<ChartSpec> = fc.record({ root: nodeSpec(3) });

interface Place {
  readonly path: ReadonlyArray<string>;
  readonly spec: NodeSpec;
  readonly siblings: number;
}

function placesOf(spec: NodeSpec, path: ReadonlyArray<string>, siblings: number): Array<Place> {
  const below = spec.children.flatMap((child, i) =>
    placesOf(child, [...path, `s${i}`], spec.children.length),
  );
  return [{ path, spec, siblings }, ...below];
}

function idOf(place: Place): string {
  return ["m", ...place.path].join(".");
}

/** How `#` refers to a place: by its own id, or by the machine's id and the path. */
function referenceTo(place: Place): string {
  return place.spec.named && place.path.length > 0
    ? `#own-${place.path.join("-")}`
    : `#${idOf(place)}`;
}

function record(context: Context, word: string): Context {
  return { ...context, a: context.a + 1, log: [...context.log.slice(-7), word] };
}

function noticeOf(tag: string, { context, event }: Args): Command {
  return publish(tag, { type: `${event.type}/${context.a}/${event.message?.n ?? "-"}` });
}

function actionOf(spec: ActionSpec, tag: string): unknown {
  switch (spec.kind) {
    case "assign":
      return assign(({ context, event }) =>
        record(context as Context, `${tag}${(event as Args["event"]).type}`),
      );
    case "assignKeys":
      return assign({
        a: spec.n,
        log: ({ context }) => [...(context as Context).log.slice(-7), tag],
      });
    case "named":
      return { type: "note", params: spec.n > 4 ? { tag } : () => ({ tag: `${tag}!` }) };
    case "decide":
      return decide((context: Context, event: Args["event"]) => ({
        context: record(context, `${tag}d`),
        commands: spec.n < 3 ? [] : [noticeOf(tag, { context, event })],
      }));
    case "command":
      return { type: "command", params: publish(tag, { type: "Said" }) };
    case "commands":
      return {
        type: "command",
        params: [publish(tag, { type: "First" }), startTimer(tag, spec.n, { type: "A" })],
      };
    case "computed":
      return {
        type: "command",
        params: (args: Args) => (spec.n < 5 ? noticeOf(tag, args) : [noticeOf(tag, args)]),
      };
  }
}

function guardOf(n: number): unknown {
  const payload = ({ event }: Args) => (event.message?.n ?? 0) > n - 4;
  switch (n) {
    case 0:
    case 1:
      return "even";
    case 2:
      return { type: "over", params: { limit: 12 } };
    case 3:
      return { type: "over", params: ({ event }: Args) => ({ limit: event.message?.n ?? 3 }) };
    case 4:
    case 5:
    case 6:
      return payload;
    default:
      return undefined;
  }
}

/** Fewer of the root's states are final, or most charts would end at once. */
function isFinal(spec: NodeSpec, path: ReadonlyArray<string>): boolean {
  if (spec.children.length > 0 || path.length === 0) return false;
  return spec.final && (path.length > 1 || spec.pick === 0);
}

/** Builds the configuration of a machine from a specification. */
class Builder {
  private readonly places: ReadonlyArray<Place>;
  private tags = 0;

  constructor(places: ReadonlyArray<Place>) {
    this.places = places;
  }

  actions(specs: ReadonlyArray<ActionSpec>): ReadonlyArray<unknown> {
    return specs.map((spec) => actionOf(spec, `t${this.tags++}`));
  }

  target(spec: TransitionSpec, place: Place): string | undefined {
    const isRoot = place.path.length === 0;
    const inside = (outer: Place, one: Place) =>
      one.path.length > outer.path.length && outer.path.every((key, i) => one.path[i] === key);
    const any = this.places[spec.pick % this.places.length] as Place;
    if (spec.style === "none") return undefined;
    if (spec.style === "child") {
      const below = this.places.filter((one) => inside(place, one));
      const one = below[spec.pick % below.length];
      return one === undefined ? undefined : `.${one.path.slice(place.path.length).join(".")}`;
    }
    if (spec.style === "sibling" && !isRoot) {
      const outer = { ...place, path: place.path.slice(0, -1) };
      const near = this.places.filter((one) => inside(outer, one));
      return near[spec.pick % near.length]?.path.slice(outer.path.length).join(".");
    }
    return referenceTo(any);
  }

  transition(spec: TransitionSpec, place: Place): object {
    const guard = guardOf(spec.guard);
    const target = this.target(spec, place);
    const refuel = spec.refuel ? [assign({ fuel: 3 })] : [];
    return {
      ...(guard === undefined ? {} : { guard }),
      ...(target === undefined ? {} : { target }),
      ...(spec.reenter ? { reenter: true } : {}),
      actions: [...refuel, ...this.actions(spec.actions)],
    };
  }

  /** Burns fuel, so that `always` and `onDone` come to rest. */
  burning(spec: TransitionSpec, place: Place): object {
    const plain = this.transition({ ...spec, refuel: false }, place) as { actions: Array<unknown> };
    const onlyCommands = spec.actions.every((one) => one.kind.startsWith("comm"));
    if (spec.style === "none" && onlyCommands) return plain;
    // some go without: moves that assign nothing, and now and then a chart without end
    const burn =
      spec.pick % 8 === 0 ? [] : [assign({ fuel: ({ context }) => (context as Context).fuel - 1 })];
    const limit = spec.guard;
    const guard = ({ context, event }: Args) =>
      context.fuel > 0 && (context.a + (event.message?.n ?? 0)) % 10 >= limit;
    return { ...plain, guard, actions: [...burn, ...plain.actions] };
  }

  node(place: Place): object {
    const { spec, path } = place;
    const children = spec.children.map((child, i) => [
      `s${i}`,
      this.node({ path: [...path, `s${i}`], spec: child, siblings: spec.children.length }),
    ]);
    const compound = children.length > 0;
    const types = [...new Set(spec.on.map((one) => one.on))];
    const list = (specs: ReadonlyArray<TransitionSpec>) =>
      specs.map((one) => this.transition(one, place));
    return {
      ...(spec.named && path.length > 0 ? { id: `own-${path.join("-")}` } : {}),
      ...(compound ? this.inner(place, children) : {}),
      ...(isFinal(spec, path) ? { type: "final" } : {}),
      entry: this.actions(spec.entry),
      exit: this.actions(spec.exit),
      on: Object.fromEntries(
        types.map((type) => [type, list(spec.on.filter((one) => one.on === type))]),
      ),
      ...(spec.always.length > 0
        ? { always: spec.always.map((one) => this.burning(one, place)) }
        : {}),
      after: Object.fromEntries(
        spec.after.map((one) => [delayNames[one.pick % 3], list([one, { ...one, guard: 9 }])]),
      ),
      ...(compound && path.length > 0
        ? { onDone: spec.onDone.map((one) => this.burning(one, place)) }
        : {}),
      ...(spec.ignores.length > 0 ? { meta: { ignores: spec.ignores } } : {}),
    };
  }

  private inner({ spec }: Place, children: ReadonlyArray<ReadonlyArray<unknown>>): object {
    const target = `s${spec.initial % children.length}`;
    const actions = this.actions(spec.initialActions);
    return {
      initial: actions.length > 0 ? { target, actions } : target,
      states: Object.fromEntries(children as never),
    };
  }
}

/** The machine of a specification; equal specifications give equal behaviour. */
export function machineOf({ root }: ChartSpec): AnyStateMachine {
  const places = placesOf(root, [], 1);
  const config = new Builder(places).node(places[0] as Place);
  return setup({
    guards: {
      even: ({ context }: any) => context.a % 2 === 0,
      over: ({ context }: any, params: any) => context.a > params.limit,
    },
    actions: {
      command: commandAction,
      note: assign(({ context }: any, { tag }: any) => record(context, tag)) as never,
    },
    delays: { short: 5, long: ({ context }: any) => context.a * 1_000, fixed: () => 7 },
  }).createMachine({
    id: "m",
    context: ({ input }: any) => ({ a: input.a, fuel: 3, log: [] }),
    options: { maxIterations: 100 },
    ...config,
  } as never) as never;
}
