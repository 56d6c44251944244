/** Faults and adversaries of a drawn scenario: every kind, at a time or at a rate. */
import fc from "fast-check";
import type { Fault } from "../scenario/faults.ts";
import { minutes, percent, sparse } from "./draw-values.ts";
import type { RawScenario } from "./swarm-case.ts";

type RawFault = NonNullable<RawScenario["faults"]>[number];
type Kind = Fault["kind"];

/** Drawn by chance or once; a rate is low enough for the network to do some work. */
const when = fc.oneof(
  fc.record({ at: minutes(1, 240) }),
  fc.record({ perHour: fc.integer({ min: 1, max: 12 }) }),
);

/** A restart takes no time, so a network that is restarted each minute works all the same. */
const restarted = fc.oneof(
  fc.record({ at: minutes(1, 240) }),
  fc.record({ perHour: fc.integer({ min: 1, max: 120 }) }),
);

const target = fc.constantFrom(
  "node/*",
  "edge/*",
  "ledger/*",
  "job/*",
  "contributor/*",
  "verifier/*",
  "auditor/*",
);
const machine = fc.constant("node/*");
const lasting = minutes(1, 90);
const place = fc.oneof(
  fc.record({ share: percent(5, 80) }),
  fc.record({ region: fc.constantFrom("Europe", "Asia", "America") }),
);

const parts: Readonly<Record<Kind, fc.Arbitrary<object>>> = {
  restart: fc.record({ target, moment: fc.constantFrom("before", "after-append") }),
  crash: fc.record({
    target,
    for: lasting,
    moment: fc.constantFrom("before", "after-append"),
  }),
  pause: fc.record({ target, for: lasting }),
  "slow-node": fc.record({
    target: machine,
    for: lasting,
    factor: fc.integer({ min: 2, max: 50 }),
  }),
  partition: fc
    .record({ for: lasting, oneWay: fc.constantFrom("none", "out", "in") })
    .chain((cut) => place.map((where) => ({ ...cut, ...where }))),
  clog: fc
    .record({ for: lasting, extra: fc.integer({ min: 1, max: 60 }).map((s) => `${s}s`) })
    .chain((clog) => place.map((where) => ({ ...clog, ...where }))),
  "loss-burst": fc
    .record({ for: lasting, loss: percent(5, 90) })
    .chain((burst) => place.map((where) => ({ ...burst, ...where }))),
  "clock-skew": fc.record({
    target,
    for: lasting,
    by: fc.integer({ min: 1, max: 600 }).map((s) => `${s}s`),
    back: fc.boolean(),
  }),
  "wrong-result": fc.record({ share: percent(5, 50), chance: percent(20, 100) }),
};

const kinds = Object.keys(parts) as ReadonlyArray<Kind>;

/** Faults of any kind. Restarts come first: shrinking prefers what stands at the front. */
function faultOf(kind: Kind): fc.Arbitrary<RawFault> {
  const often = kind === "restart" ? restarted : when;
  const happening = kind === "wrong-result" ? fc.constant({}) : often;
  return fc
    .tuple(happening, parts[kind])
    .map(([time, rest]) => ({ kind, ...time, ...rest }) as RawFault);
}

export const drawnFaults: fc.Arbitrary<ReadonlyArray<RawFault>> = fc.array(
  fc.oneof(...kinds.map(faultOf)),
  { maxLength: 7 },
);

export const drawnAdversaries: fc.Arbitrary<RawScenario["adversaries"]> = sparse(
  fc.array(
    fc.record({
      kind: fc.constant("free-rider" as const),
      share: percent(5, 50),
      demand: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 1, maxLength: 1 },
  ),
);
