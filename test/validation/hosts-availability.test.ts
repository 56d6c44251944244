/**
 * The host model against the laws it claims: long-run availability, up times, speeds. Figures that
 * docs/host-model.md quotes are printed with PINGO_FIGURES=1.
 */
import { Schema } from "effect";
import { expect, test } from "vitest";
import { DAY, HOUR } from "../../src/kernel/duration.ts";
import { Stream } from "../../src/kernel/entropy.ts";
import { HostModel } from "../../src/sim/hosts/availability.ts";
import {
  idleShare,
  mixtureAvailability,
  randomAvailability,
} from "../../src/sim/hosts/closed-form.ts";
import { HostsConfig } from "../../src/sim/hosts/config.ts";
import { logNormalSpells, weibullSpells } from "../../src/sim/hosts/spell-law.ts";
import { exp, pow } from "../../src/sim/numbers/portable.ts";

const startUs = 1_699_228_800_000_000;
const seed = 20_261_122;

function modelOf(input: unknown, count: number): HostModel {
  const config = Schema.decodeUnknownSync(HostsConfig)(input);
  return new HostModel({ config, seed, startUs, utcOffsetMinutes: new Int16Array(count) });
}

function figure(name: string, value: number): void {
  if (process.env.PINGO_FIGURES !== undefined) console.log(`${name}: ${value.toFixed(4)}`);
}

const randomOnly = { mixture: { random: 1 }, ownerUse: { enabled: false } };

test.each([
  ["30d", 720, 300, 5.5 * 365],
  ["48h", 48, 300, 365],
])("random class: availability under a cap of %s", (cap, capHours, hosts, days) => {
  const model = modelOf({ ...randomOnly, cap }, hosts);
  let upUs = 0;
  let cycles = 0;
  const endUs = startUs + Math.round(days * DAY);
  for (let host = 0; host < hosts; host++) {
    for (let now = startUs; now < endUs; ) {
      const next = model.nextTransition(host, now);
      if (next.kind === "down") {
        upUs += Math.min(next.atUs, endUs) - now;
        cycles += 1;
      }
      now = next.atUs;
    }
  }
  const availability = upUs / ((endUs - startUs) * hosts);
  const { random } = Schema.decodeUnknownSync(HostsConfig)({}).classes;
  figure(`availability ${cap}, ${cycles} cycles`, availability);
  expect(cycles).toBeGreaterThan(100_000);
  expect(Math.abs(availability - randomAvailability(random, capHours))).toBeLessThan(0.01);
});

test("random class: availability without a cap, 4,000,000 cycles", () => {
  const up = weibullSpells(0.393, 2.964, Infinity);
  const down = logNormalSpells(-0.586, 2.844, Infinity);
  const stream = new Stream(seed, "uncapped");
  let upHours = 0;
  let hours = 0;
  for (let cycle = 0; cycle < 4_000_000; cycle++) {
    const spell = up.draw(stream);
    upHours += spell;
    hours += spell + down.draw(stream);
  }
  figure("availability uncapped", upHours / hours);
  expect(Math.abs(upHours / hours - 0.2458)).toBeLessThan(0.01);
});

test("random class: stationary from the first instant on", () => {
  const hosts = 40_000;
  for (const [cap, hours] of [
    ["30d", 720],
    ["48h", 48],
  ] as const) {
    const model = modelOf({ ...randomOnly, cap }, hosts);
    const { random } = Schema.decodeUnknownSync(HostsConfig)({}).classes;
    const expected = randomAvailability(random, hours);
    for (const later of [0, HOUR, DAY, 7 * DAY]) {
      let up = 0;
      for (let host = 0; host < hosts; host++) {
        model.nextTransition(host, startUs + later);
        if (model.isUp(host)) up += 1;
      }
      figure(`up share cap ${cap} after ${later / HOUR} h`, up / hosts);
      // Four standard errors.
      expect(Math.abs(up / hosts - expected)).toBeLessThan(0.01);
    }
  }
});

test("random class: up times are Weibull, KS distance of 20,000", () => {
  const cap = 720;
  const hosts = 2_000;
  const model = modelOf(randomOnly, hosts);
  const lengths: Array<number> = [];
  // Ten spells of each host, whatever their length: a window of time would favour short ones.
  for (let host = 0; host < hosts; host++) {
    let now = model.nextTransition(host, startUs).atUs;
    while (!model.nextTransition(host, now).kind.startsWith("down")) {
      now = model.nextTransition(host, now).atUs;
    }
    for (let spell = 0; spell < 10; spell++) {
      const from = now;
      now = model.nextTransition(host, now).atUs;
      lengths.push((now - from) / HOUR);
      now = model.nextTransition(host, now).atUs;
    }
  }
  const distance = ksDistance(lengths, (x) => (x >= cap ? 1 : 1 - exp(-pow(x / 2.964, 0.393))));
  figure("KS up times", distance);
  expect(lengths).toHaveLength(20_000);
  expect(distance).toBeLessThan(0.02);
});

/** Largest distance of the sample's distribution function from `cdf`, atoms at the end allowed. */
function ksDistance(sample: Array<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  let distance = 0;
  for (const [i, x] of sorted.entries()) {
    const share = cdf(x);
    if (share >= 1) break;
    const below = Math.abs(share - i / sorted.length);
    distance = Math.max(distance, below, Math.abs(share - (i + 1) / sorted.length));
  }
  return distance;
}

test("mixture: availability and owners' use over eight weeks", () => {
  const hosts = 10_000;
  const config = Schema.decodeUnknownSync(HostsConfig)({});
  const model = modelOf({}, hosts);
  let upUs = 0;
  let busyUs = 0;
  const endUs = startUs + 56 * DAY;
  for (let host = 0; host < hosts; host++) {
    for (let now = startUs; now < endUs; ) {
      const next = model.nextTransition(host, now);
      const untilUs = Math.min(next.atUs, endUs);
      if (model.isUp(host)) upUs += untilUs - now;
      if (model.isBusy(host)) busyUs += untilUs - now;
      now = next.atUs;
    }
  }
  figure("mixture availability", upUs / (hosts * (endUs - startUs)));
  figure("busy share of time up", busyUs / upUs);
  expect(Math.abs(upUs / (hosts * (endUs - startUs)) - mixtureAvailability(config))).toBeLessThan(
    0.01,
  );
  expect(Math.abs(busyUs / upUs - (1 - idleShare(config)))).toBeLessThan(0.01);
});

test("speeds: the SETI@home summary", () => {
  const hosts = 200_000;
  const model = modelOf({}, hosts);
  const power = new Float64Array(hosts);
  let cores = 0;
  let perCore = 0;
  for (let host = 0; host < hosts; host++) {
    const draw = model.draw(host);
    power[host] = draw.cores * draw.gflopsPerCore;
    cores += draw.cores;
    perCore += draw.gflopsPerCore;
  }
  power.sort();
  const mean = power.reduce((sum, each) => sum + each, 0) / hosts;
  const quantile = (q: number): number => power[Math.floor(q * hosts)] ?? 0;
  const rows = [
    ["cores mean", cores / hosts, 9.55, 0.02],
    ["GFLOPS per core", perCore / hosts, 4.21, 0.02],
    ["host mean", mean, 40.8, 0.02],
    ["host median", quantile(0.5), 33.4, 0.02],
    ["host p10", quantile(0.1), 15.8, 0.04],
    ["host p90", quantile(0.9), 76, 0.03],
  ] as const;
  for (const [name, value, target, within] of rows) {
    figure(name, value);
    expect(Math.abs(value / target - 1), name).toBeLessThan(within);
  }
});
