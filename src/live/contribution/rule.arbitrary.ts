/** Random rules and moments: whatever can be written and whatever can be. */
import fc from "fast-check";
import { MINUTE } from "../../kernel/duration.ts";
import type { MachineSize, Moment } from "./moment.ts";
import type { Cap, Clause, Processor, Rule, Span, When } from "./rule.ts";

const span: fc.Arbitrary<Span> = fc
  .tuple(fc.nat(1_439), fc.nat(1_439))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from, to }));

const days = fc.uniqueArray(fc.nat(6)).map((list) => list.sort((a, b) => a - b));

const when: fc.Arbitrary<When> = fc.record({
  busy: fc.boolean(),
  battery: fc.boolean(),
  time: fc.oneof(fc.constantFrom("any" as const, "night" as const, "day" as const), span),
  days,
  load: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
});

const tenths = (least: number, most: number) =>
  fc.integer({ min: least * 10, max: most * 10 }).map((n) => n / 10);

const processor: fc.Arbitrary<Processor> = fc.oneof(
  fc.record({ value: tenths(0.1, 100), unit: fc.constant("percent" as const) }),
  fc.record({ value: tenths(0.1, 64), unit: fc.constant("cores" as const) }),
);

const cap: fc.Arbitrary<Cap> = fc.oneof(
  processor,
  fc.record({ value: fc.nat(64), unit: fc.constant("slots" as const) }),
  fc.record({ value: fc.integer({ min: 64, max: 99_999 }), unit: fc.constant("MiB" as const) }),
  fc.record({ value: tenths(0, 100), unit: fc.constant("percent of memory" as const) }),
);

export const anyClause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ kind: fc.constant("give" as const), amount: processor, when }),
  fc.record({ kind: fc.constant("never" as const), when }),
  fc.record({ kind: fc.constant("max" as const), cap, when }),
);

const gives = fc.record({ kind: fc.constant("give" as const), amount: processor, when });

/** As the parser gives them: at least one clause gives. */
export const anyRule: fc.Arbitrary<Rule> = fc.record({
  clauses: fc
    .tuple(gives, fc.array(anyClause, { maxLength: 5 }))
    .map(([first, rest]) => [first, ...rest]),
  night: span,
  idleAfterUs: fc.integer({ min: 1, max: 600 }).map((minutes) => minutes * MINUTE),
});

export const anyMoment: fc.Arbitrary<Moment> = fc.record({
  time: fc.record({ day: fc.nat(6), minute: fc.nat(1_439) }),
  owner: fc.constantFrom("idle", "busy", "unknown"),
  power: fc.constantFrom("mains", "battery", "unknown"),
  load: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
});

export const anyMachine: fc.Arbitrary<MachineSize> = fc.record({
  cores: fc.integer({ min: 1, max: 256 }),
  memoryMib: fc.integer({ min: 256, max: 1_048_576 }),
});
