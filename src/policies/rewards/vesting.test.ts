import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY } from "../../kernel/duration.ts";
import { type Holding, nanoPingo } from "../../kernel/policies/rewards.ts";
import {
  clawedBack,
  cumulativeVested,
  grantedOf,
  noHolding,
  vestedOf,
  withGrant,
} from "./vesting.ts";

const vesting = { freePercent: 25, vestingUs: 180 * DAY };
const grant = (amount: bigint, day: number) => ({ amount: nanoPingo(amount), atUs: day * DAY });

const grants = fc.array(fc.tuple(fc.bigInt(0n, 10n ** 18n), fc.integer({ min: 0, max: 40 })), {
  maxLength: 60,
});

/** Grants with the days that lie between them, and the day of the last. */
function build(given: ReadonlyArray<readonly [bigint, number]>): {
  readonly holding: Holding;
  readonly day: number;
} {
  let holding = noHolding;
  let day = 0;
  for (const [amount, after] of given) {
    day += after;
    holding = withGrant(holding, grant(amount, day), vesting);
  }
  return { holding, day };
}

describe("Vesting", () => {
  test.each([
    [0, 250n],
    [60, 500n],
    [90, 625n],
    [180, 1_000n],
    [400, 1_000n],
  ])("after %i days %d of a thousand are free", (day, expected) => {
    expect(vestedOf(grant(1_000n, 0), vesting, day * DAY)).toBe(expected);
  });

  test("an odd unit is not lost: at the end all of it is free", () => {
    expect(vestedOf(grant(7n, 0), vesting, 0)).toBe(1n);
    expect(vestedOf(grant(7n, 0), vesting, 180 * DAY)).toBe(7n);
  });

  test("any grants: what is vested never falls and ends as what was granted", () => {
    fc.assert(
      fc.property(grants, (given) => {
        const { holding, day } = build(given);
        let last = 0n;
        for (let later = day; later <= day + 180; later += 15) {
          const now = cumulativeVested(holding, vesting, later * DAY);
          expect(now >= last).toBe(true);
          last = now;
        }
        const total = given.reduce((sum, [amount]) => sum + amount, 0n);
        expect(last).toBe(total);
        expect(grantedOf(holding)).toBe(total);
      }),
    );
  });

  test("any grants: settling old ones changes nothing that can be claimed", () => {
    fc.assert(
      fc.property(grants, fc.integer({ min: 0, max: 200 }), (given, after) => {
        const { holding, day } = build(given);
        const at = (day + after) * DAY;
        let exact = 0n;
        let when = 0;
        for (const [amount, gap] of given) {
          when += gap;
          exact += vestedOf(grant(amount, when), vesting, at);
        }
        expect(cumulativeVested(holding, vesting, at)).toBe(exact);
        const isOpen = holding.grants.every(({ atUs }) => day * DAY - atUs < vesting.vestingUs);
        expect(isOpen).toBe(true);
      }),
    );
  });

  test("any grants: fraud burns what is not vested, and what is vested stays as it was", () => {
    fc.assert(
      fc.property(grants, fc.integer({ min: 0, max: 200 }), (given, after) => {
        const { holding, day } = build(given);
        const at = (day + after) * DAY;
        const vested = cumulativeVested(holding, vesting, at);
        const caught = clawedBack(holding, vesting, at);
        expect(cumulativeVested(caught, vesting, at + 999 * DAY)).toBe(vested);
        expect(caught.burned + vested).toBe(grantedOf(holding));
        expect(clawedBack(caught, vesting, at)).toEqual(caught);
      }),
    );
  });
});
