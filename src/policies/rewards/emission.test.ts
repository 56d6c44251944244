import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { NANO_PER_VCU, nanoVcu } from "../../kernel/credit.ts";
import { DAY } from "../../kernel/duration.ts";
import {
  NANO_PER_PINGO,
  nanoPingo,
  type RewardsState,
  RewardsState as State,
} from "../../kernel/policies/rewards.ts";
import { hexOf, leavesOf, rootOf } from "./claims.ts";
import { EmissionParams, emission } from "./emission.ts";
import { grantedOf } from "./vesting.ts";

const params = Schema.decodeSync(EmissionParams)({});
const alice = address("contributor", "alice");
const bob = address("contributor", "bob");
const edge = address("edge", "e1");

interface Deed {
  readonly worked?: number;
  readonly carried?: number;
  readonly used?: number;
}
const vcu = (amount = 0) => nanoVcu(BigInt(amount) * NANO_PER_VCU);
const did = (owner: Address, { worked, carried, used }: Deed) =>
  [owner, { worked: vcu(worked), carried: vcu(carried), used: vcu(used) }] as const;

/** A day of the given deeds, then its end. */
function day(state: RewardsState, ...deeds: ReadonlyArray<ReturnType<typeof did>>): RewardsState {
  return emission.close(params, emission.note(state, deeds), state.sinceUs + DAY);
}

const start = emission.init(params, 5 * DAY);
const grantedTo = (state: RewardsState, owner: Address) => {
  const holding = state.holdings.get(owner);
  return holding === undefined ? 0n : grantedOf(holding);
};

describe("Emission: an epoch", () => {
  test("a day without work issues nothing, by time or by work", () => {
    const after = day(start);
    expect(after.posted).toMatchObject({ emitted: 0n, worked: 0n, claims: [] });
    expect(after.posted?.scheduled).toBeGreaterThan(0n);
    expect(after.baselined).toBe(0n);
  });

  test("little work: a VCU earns the cap at the posted rate, not the whole day's schedule", () => {
    const after = day(start, did(alice, { worked: 10 }));
    // 10 VCU x 20 PINGO x 62 of the community's 81 parts
    expect(grantedTo(after, alice)).toBe((200n * NANO_PER_PINGO * 62n) / 81n);
  });

  test("much work: the day's schedule, pro rata, and not a unit more", () => {
    const after = day(start, did(alice, { worked: 90_000 }), did(bob, { worked: 30_000 }));
    const { scheduled, perClass } = after.posted ?? { scheduled: 0n, perClass: start.issued };
    const part = (scheduled * 62n) / 81n;
    expect(perClass.compute <= part && part - perClass.compute < 2n).toBe(true);
    expect(grantedTo(after, alice)).toBe((part * 3n) / 4n);
    // of 120,000 VCU only a day at the baseline counts: 24 x 1,670 and a day's growth
    expect(after.baselined).toBeGreaterThan(vcu(40_080));
    expect(after.baselined).toBeLessThan(vcu(40_160));
  });

  test("edges and users share their parts; a class with nobody in it is not issued", () => {
    const after = day(
      start,
      did(alice, { worked: 100, used: 30 }),
      did(bob, { used: 10 }),
      did(edge, { carried: 20 }),
    );
    const budget = 120n * 20n * NANO_PER_PINGO;
    expect(after.posted?.perClass.edges).toBe((budget * 12n) / 81n);
    expect(grantedTo(after, bob)).toBe((budget * 7n) / 81n / 4n);
    expect(day(start, did(alice, { worked: 1 })).posted?.perClass).toMatchObject({
      edges: 0n,
      users: 0n,
    });
  });

  test("what was not issued is not found by whoever comes later", () => {
    let quiet = start;
    for (let n = 0; n < 30; n++) quiet = day(quiet);
    const burst = day(quiet, did(alice, { worked: 1_000_000 }));
    const fresh = day(start, did(alice, { worked: 1_000_000 }));
    // the baseline alone has grown, by 2^(30 / 365) = 1.059: no month of schedule was kept for her
    const ratio = Number(grantedTo(burst, alice)) / Number(grantedTo(fresh, alice));
    expect(ratio).toBeLessThan(1.059);
  });

  test("the posted root is that of the claims: a quarter of the first day is free", () => {
    const first = day(start, did(alice, { worked: 8 }), did(bob, { worked: 4 }));
    const posted = first.posted;
    expect(posted?.claims).toHaveLength(2);
    expect(posted?.root).toBe(hexOf(rootOf(leavesOf(posted?.claims ?? []))));
    const line = posted?.claims.find(({ owner }) => owner === bob);
    expect(line?.cumulative).toBe(grantedTo(first, bob) / 4n);
    expect(posted?.claimableUs).toBe((posted?.toUs ?? 0) + DAY);
  });

  test("only owners with activity are in the root, and no claim of theirs falls", () => {
    const first = day(start, did(alice, { worked: 8 }), did(bob, { worked: 4 }));
    const second = day(first, did(bob, { used: 4 }));
    expect(second.posted?.claims.map(({ owner }) => owner)).toEqual([bob]);
    const before = first.posted?.claims.find(({ owner }) => owner === bob)?.cumulative ?? 0n;
    expect(second.posted?.claims[0]?.cumulative).toBeGreaterThan(before);
  });

  test("proven fraud burns what has not vested; the rest of the world keeps its own", () => {
    const first = day(start, did(alice, { worked: 8 }), did(bob, { worked: 4 }));
    const whole = grantedTo(first, alice);
    const caught = emission.clawBack(params, first, { owner: alice, atUs: first.sinceUs });
    expect(grantedTo(caught, alice)).toBe(whole / 4n);
    expect(caught.burned).toBe(whole - whole / 4n);
    expect(grantedTo(caught, bob)).toBe(grantedTo(first, bob));
    const nobody = { owner: edge, atUs: first.sinceUs };
    expect(emission.clawBack(params, first, nobody)).toBe(first);
  });

  test("is due after a day, not before", () => {
    expect(emission.isDue(params, start, start.sinceUs + DAY - 1)).toBe(false);
    expect(emission.isDue(params, start, start.sinceUs + DAY)).toBe(true);
  });

  test("a thousand owners at once: the state before the step can still be read", () => {
    const first = day(start, did(alice, { worked: 8 }));
    const crowd = Array.from({ length: 1_000 }, (_, n) =>
      did(address("contributor", n), { worked: 1 }),
    );
    const before = grantedTo(first, alice);
    const second = day(first, ...crowd);
    expect(grantedTo(first, alice)).toBe(before);
    expect(second.holdings.size).toBe(1_001);
  });

  test("persisted and read back it is the same state", () => {
    const { encodeSync, decodeSync } = Schema;
    const first = day(start, did(alice, { worked: 8, used: 1 }), did(edge, { carried: 4 }));
    const text = JSON.stringify(encodeSync(State)(first));
    expect(encodeSync(State)(decodeSync(State)(JSON.parse(text)))).toEqual(
      encodeSync(State)(first),
    );
    expect(first.posted?.emitted).toBe(
      nanoPingo(Object.values(first.issued).reduce((a, b) => nanoPingo(a + b))),
    );
  });
});
