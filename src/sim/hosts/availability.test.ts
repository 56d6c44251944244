import { Either, Schema } from "effect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY, HOUR } from "../../kernel/duration.ts";
import { HostModel, type HostModelOptions, NEVER } from "./availability.ts";
import { parseAvailabilityTrace } from "./availability-trace.ts";
import { HostsConfig } from "./config.ts";

/** Monday, 6 November 2023, 00:00 UTC. */
const startUs = 1_699_228_800_000_000;

function configOf(input: unknown): HostsConfig {
  return Schema.decodeUnknownSync(HostsConfig)(input);
}

function modelOf(input: unknown, count: number, more: Partial<HostModelOptions> = {}): HostModel {
  return new HostModel({
    config: configOf(input),
    seed: 42,
    startUs,
    utcOffsetMinutes: new Int16Array(count),
    ...more,
  });
}

/** Transitions of a host in a span, as copies. */
function story(model: HostModel, host: number, spanUs: number) {
  const steps = [];
  for (let now = startUs; ; ) {
    const next = { ...model.nextTransition(host, now) };
    if (next.atUs >= startUs + spanUs) return steps;
    steps.push(next);
    now = next.atUs;
  }
}

test("hosts: the same seed tells the same story, alone or among others", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 29 }), (seed, host) => {
      const many = modelOf({}, 30, { seed });
      const few = modelOf({}, host + 1, { seed });
      for (let other = 0; other < 30; other += 7) many.nextTransition(other, startUs + DAY);
      if (host % 7 === 0) return;
      expect(story(many, host, 10 * DAY)).toEqual(story(few, host, 10 * DAY));
      expect({ ...many.draw(host) }).toEqual({ ...few.draw(host) });
    }),
    { numRuns: 40 },
  );
});

test("hosts: asking again or skipping ahead does not change what comes", () => {
  const walked = modelOf({}, 200);
  const skipped = modelOf({}, 200);
  const later = startUs + 9 * DAY;
  for (let host = 0; host < 200; host++) {
    for (let now = startUs; now <= later; ) {
      const first = { ...walked.nextTransition(host, now) };
      expect({ ...walked.nextTransition(host, now) }).toEqual(first);
      now = first.atUs;
      if (now > later) expect({ ...skipped.nextTransition(host, later) }).toEqual(first);
    }
    expect(skipped.isUp(host)).toBe(walked.isUp(host));
  }
});

test("hosts: kinds alternate, times ascend, owners act only while up", () => {
  const model = modelOf({ lifetime: {} }, 60);
  for (let host = 0; host < 60; host++) {
    let up = model.isUp(host);
    let busy = model.isBusy(host);
    let last = startUs;
    for (const step of story(model, host, 15 * DAY)) {
      expect(step.atUs).toBeGreaterThan(last);
      expect(Number.isInteger(step.atUs)).toBe(true);
      last = step.atUs;
      if (step.kind === "up" || step.kind === "down") {
        expect(up).toBe(step.kind === "down");
        up = step.kind === "up";
        busy = false;
      } else {
        expect(up).toBe(true);
        expect(busy).toBe(step.kind === "idle");
        busy = step.kind === "busy";
      }
      if (step.kind === "busy") expect(step.speedFactor).toBeGreaterThanOrEqual(0.3);
      else expect(step.speedFactor).toBe(1);
      if (step.kind !== "down") expect([step.abrupt, step.forever]).toEqual([false, false]);
    }
  }
});

test("hosts: an evening host is up in the evening of its own time zone", () => {
  for (const minutes of [0, 540, -480]) {
    const model = modelOf({ mixture: { diurnal: 1 }, ownerUse: { enabled: false } }, 200, {
      utcOffsetMinutes: new Int16Array(200).fill(minutes),
    });
    let days = 0;
    for (let host = 0; host < 200; host++) {
      for (const step of story(model, host, 30 * DAY)) {
        const hour = ((((step.atUs + minutes * 60e6) % DAY) + DAY) % DAY) / HOUR;
        if (step.kind === "up") {
          days += 1;
          expect(Math.abs(hour - 18)).toBeLessThanOrEqual(1.5);
        } else {
          expect(hour >= 22.5 || hour <= 1.5).toBe(true);
        }
      }
    }
    expect(days / (200 * 30)).toBeCloseTo(0.8, 1);
  }
});

test("hosts: an office host is up on weekdays only", () => {
  const model = modelOf({ mixture: { office: 1 }, ownerUse: { enabled: false } }, 50);
  for (let host = 0; host < 50; host++) {
    const ups = story(model, host, 14 * DAY).filter((step) => step.kind === "up");
    expect(ups).toHaveLength(10);
    for (const up of ups) {
      expect(Math.floor((up.atUs - startUs) / DAY) % 7).toBeLessThan(5);
    }
  }
});

test("hosts: uniform ones are equal, always up and never change", () => {
  const model = modelOf(
    {
      kind: "uniform",
      uniform: { cores: 4, slots: 3, gflopsPerCore: 2.5 },
      ownerUse: { enabled: false },
    },
    2,
  );
  expect(model.isUp(1)).toBe(true);
  expect(model.nextTransition(1, startUs).atUs).toBe(NEVER);
  expect(model.nextTransition(1, NEVER - 1).atUs).toBe(NEVER);
  expect(model.draw(1)).toMatchObject({ cores: 4, slots: 3, slotMflops: 2500, donated: 1 });
});

test("hosts: a trace is followed, and repeated over hosts", () => {
  const trace = Either.getOrThrow(
    parseAvailabilityTrace("t.csv", "host,start_s,end_s\na,0,10\na,20,30\nb,5,6\n"),
  );
  const input = { kind: "trace", trace: "t.csv", ownerUse: { enabled: false }, abruptShare: 1 };
  const model = modelOf(input, 3, { trace });
  expect([model.isUp(0), model.isUp(1), model.isUp(2)]).toEqual([true, false, true]);
  const kinds = story(model, 2, DAY).map((step) => [(step.atUs - startUs) / 1e6, step.kind]);
  expect(kinds).toEqual([
    [10, "down"],
    [20, "up"],
    [30, "down"],
  ]);
  expect(story(model, 1, DAY).map((step) => step.abrupt)).toEqual([false, true]);
  expect(model.nextTransition(1, startUs + DAY).atUs).toBe(NEVER);
});

test("hosts: leaving for good is said once, and nothing follows", () => {
  const model = modelOf({ lifetime: { firstWeekShare: 0.3 }, mixture: { always: 1 } }, 4_000);
  let gone = 0;
  for (let host = 0; host < 4_000; host++) {
    const steps = story(model, host, 7 * DAY);
    const last = steps.at(-1);
    if (last?.forever !== true) continue;
    gone += 1;
    expect(steps.filter((step) => step.forever)).toHaveLength(1);
    expect(model.nextTransition(host, last.atUs).atUs).toBe(NEVER);
  }
  // Three standard errors of a share of .3 among 4,000.
  expect(Math.abs(gone / 4_000 - 0.3)).toBeLessThan(0.022);
});

test("hosts: shares of owners' use, of abrupt departures and of donation", () => {
  const model = modelOf({ mixture: { always: 1 }, classes: { always: { upMean: "2d" } } }, 500);
  let busyUs = 0;
  let upUs = 0;
  let downs = 0;
  let abrupt = 0;
  for (let host = 0; host < 500; host++) {
    let now = startUs;
    while (now < startUs + 20 * DAY) {
      const next = model.nextTransition(host, now);
      if (model.isUp(host)) upUs += next.atUs - now;
      if (model.isBusy(host)) busyUs += next.atUs - now;
      if (next.kind === "down") {
        downs += 1;
        abrupt += next.abrupt ? 1 : 0;
      }
      now = next.atUs;
    }
  }
  expect(busyUs / upUs).toBeCloseTo(1 / 6, 2);
  expect(Math.abs(abrupt / downs - 0.3)).toBeLessThan(0.025);
});

test("hosts: the donated share is drawn anew each week, the machine is not", () => {
  const model = modelOf({}, 5_000);
  let sum = 0;
  let changed = 0;
  for (let host = 0; host < 5_000; host++) {
    const first = { ...model.draw(host, startUs + 6.9 * DAY) };
    const second = { ...model.draw(host, startUs + 7 * DAY) };
    sum += first.donated;
    changed += first.donated === second.donated ? 0 : 1;
    expect(first.cores).toBe(second.cores);
    expect(first.slots).toBe(Math.max(1, Math.round(first.cores * first.donated)));
    expect({ ...model.draw(host) }).toEqual(first);
  }
  expect(sum / 5_000).toBeCloseTo(1 / 3, 1);
  expect(changed).toBe(5_000);
  const fixed = modelOf({ donated: { fraction: 1 }, slotsMax: 4 }, 100);
  for (let host = 0; host < 100; host++) {
    expect(fixed.draw(host).slots).toBe(Math.min(4, fixed.draw(host).cores));
  }
});
