import { expect, it } from "vitest";
import { asin, cos, exp, ln, pow, sin, sqrt } from "./portable.ts";

it("agrees with the engine to the last digits", () => {
  for (let x = 0.001; x < 1; x += 0.013) {
    expect(ln(x)).toBeCloseTo(Math.log(x), 13);
    expect(exp(x)).toBeCloseTo(Math.exp(x), 13);
    expect(pow(x, 0.393)).toBeCloseTo(x ** 0.393, 13);
    expect(sin(9 * x)).toBeCloseTo(Math.sin(9 * x), 13);
    expect(cos(9 * x)).toBeCloseTo(Math.cos(9 * x), 13);
    expect(asin(x)).toBeCloseTo(Math.asin(x), 13);
    expect(sqrt(x)).toBe(Math.sqrt(x));
  }
});

it("gives the bits of fdlibm", () => {
  const words = [ln(0.1), exp(0.7), pow(3.3, 2.7), sin(1.1), cos(1.1), asin(0.3)].map((x) =>
    Array.from(new Uint32Array(new Float64Array([x]).buffer), (word) => word.toString(16)).join(),
  );
  expect(words).toMatchInlineSnapshot(`
    [
      "bbb55515,c0026bb1",
      "61268987,40001c2a",
      "87998f6,40391e3f",
      "4c2d6338,3fec84c5",
      "6c76111,3fdd07b8",
      "9e14f6ff,3fd38015",
    ]
  `);
});

it("has the edges of a logarithm and a root", () => {
  expect(ln(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(ln(-1)).toBeNaN();
  expect(asin(2)).toBeNaN();
});
