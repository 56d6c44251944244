import { Schema } from "effect";
import { expect, test } from "vitest";
import { classAvailability, mixtureAvailability, randomAvailability } from "./closed-form.ts";
import { HostsConfig } from "./config.ts";
import { gamma, gammaP, normalCdf } from "./special-functions.ts";

const config = Schema.decodeUnknownSync(HostsConfig)({});

test("special functions: known values", () => {
  expect(gamma(5)).toBeCloseTo(24, 10);
  expect(gamma(0.5)).toBeCloseTo(1.7724538509055159, 12);
  // P(1, x) = 1 - e^-x, on either side of the change from series to fraction.
  expect(gammaP(1, 0.5)).toBeCloseTo(0.3934693402873666, 13);
  expect(gammaP(1, 4)).toBeCloseTo(0.9816843611112658, 13);
  expect(gammaP(2.5, 0)).toBe(0);
  expect(gammaP(2.5, Infinity)).toBe(1);
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 13);
  expect(normalCdf(-5)).toBeCloseTo(2.866515718791939e-7, 16);
});

test("random class: availability without a cap and with the two usual ones", () => {
  const { random } = config.classes;
  expect(randomAvailability(random, Infinity)).toBeCloseTo(0.2458, 4);
  expect(randomAvailability(random, 720)).toBeCloseTo(0.3907, 4);
  expect(randomAvailability(random, 48)).toBeCloseTo(0.5397, 4);
});

test("mixture: the weighted mean of its classes", () => {
  expect(classAvailability(config, "diurnal")).toBeCloseTo(0.2, 12);
  expect(classAvailability(config, "office")).toBeCloseTo(40 / 168, 12);
  expect(classAvailability(config, "always")).toBeCloseTo(0.99829, 5);
  expect(mixtureAvailability(config)).toBeCloseTo(0.3428, 4);
});
