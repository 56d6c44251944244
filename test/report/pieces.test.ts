import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeText, html, scriptJson } from "../../src/sim/report/html.ts";
import {
  durationText,
  numberText,
  shortNumber,
  spokenName,
} from "../../src/sim/report/number-text.ts";
import { decadeTicks, rootTicks, roundTicks } from "../../src/sim/report/scale.ts";
import { merged, within } from "../../src/sim/report/spans.ts";
import { align, spread, thin } from "../../src/sim/report/thinning.ts";
import { timeAxis, timeTicks } from "../../src/sim/report/time-axis.ts";
import { conversion, withoutUnit, withUnit } from "../../src/sim/report/units.ts";

describe("html", () => {
  test("escapes texts and joins markup", () => {
    const item = (text: string) => html`<li title="${text}">${text}</li>`;
    const list = html`<ul>${["a<b", `"'&`].map(item)}</ul>`;
    expect(list.markup).toBe(
      '<ul><li title="a&lt;b">a&lt;b</li><li title="&quot;&#39;&amp;">&quot;&#39;&amp;</li></ul>',
    );
  });

  test("no text leaves a tag, a quote or a control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeText(text).replace(/[\t\n]/g, "")).not.toMatch(/[<>"'\p{Cc}]/u);
      }),
    );
  });

  test("JSON in a script comes back whole and cannot end the script", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom("</script>", "<!--", "\u2028"), (json, bad) => {
        const value = [JSON.parse(json), bad];
        const { markup } = scriptJson(value);
        expect(markup).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(markup)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [1_234_567, "1\u202f234\u202f567"],
    [-1234.6, "\u22121\u202f235"],
    [0.012_345_6, "0.01235"],
    [99.999_99, "100"],
    [2.5e-9, "2.5e\u22129"],
    [3e20, "3e20"],
    [Number.NaN, "n/a"],
    [Number.POSITIVE_INFINITY, "\u221e"],
  ])("%d as %s", (value, text) => expect(numberText(value)).toBe(text));

  test.each([
    [950, "950"],
    [12_000, "12k"],
    [3_400_000, "3.4M"],
    [-1500, "\u22121.5k"],
    [0.25, "0.25"],
  ])("on axes %d as %s", (value, text) => expect(shortNumber(value)).toBe(text));

  test.each([
    [0, "0 s"],
    [1, "0.000001 s"],
    [33_127_418_221, "9 h 12 min 7.418221 s"],
    [86_400_000_000, "1 d"],
    [-60_000_000, "\u22121 min"],
  ])("%d µs as %s", (us, text) => {
    expect(durationText(us).replaceAll("\u202f", " ")).toBe(text);
  });

  test("names are spoken, units left out", () => {
    expect(spokenName("waitP95S")).toBe("Wait p95 s");
    expect(spokenName(withoutUnit("waitP95S", "s"))).toBe("Wait p95");
    expect(spokenName(withoutUnit("servedVcu", "VCU"))).toBe("Served");
    expect(withoutUnit("asks", "asks")).toBe("asks");
    expect(withUnit(0.5, "ratio")).toBe("0.5");
    expect(withUnit(0.5, "VCU")).toBe("0.5 VCU");
    expect(conversion("ms", "s")).toBe(1e-3);
    expect(conversion("VCU", "s")).toBeUndefined();
  });
});

describe("axes", () => {
  test("ticks are round and reach the end", () => {
    expect(roundTicks(937, 4)).toEqual([0, 500, 1000]);
    expect(roundTicks(0.7, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(roundTicks(0, 4)).toEqual([0, 1]);
    expect(decadeTicks(0.002, 500)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(decadeTicks(1e-9, 1e9).length).toBeLessThanOrEqual(8);
    expect(rootTicks(17)).toEqual([0, 0.5, 2.5, 5, 10, 15]);
    expect(timeTicks(timeAxis(86_400), 86_400)).toEqual([0, 4, 8, 12, 16, 20, 24]);
  });

  test("any length of a run has a few ticks", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (seconds) => {
        const ticks = timeTicks(timeAxis(seconds), seconds);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe("thinning", () => {
  test("series of other times share the union of them", () => {
    const data = align([
      { at: [0, 2], values: [1, 3] },
      { at: [0, 1, 2], values: [5, Number.NaN, 7] },
    ]);
    expect(data).toEqual({
      at: [0, 1, 2],
      values: [
        [1, null, 3],
        [5, null, 7],
      ],
    });
  });

  test("keeps the ends, every peak and the order of times", () => {
    const values = fc.array(fc.integer(), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(values, fc.integer({ min: 4, max: 60 }), (row, limit) => {
        const at = row.map((_, i) => i);
        const data = thin({ at, values: [row] }, limit);
        const kept = (data.values[0] ?? []).filter((v) => v !== null);
        expect(data.at.length).toBeLessThanOrEqual(Math.max(limit, 1));
        expect(data.at[0]).toBe(0);
        expect(data.at.at(-1)).toBe(row.length - 1);
        expect(data.at.every((t, i) => i === 0 || t > (data.at[i - 1] ?? t))).toBe(true);
        expect(Math.max(...kept)).toBe(Math.max(...row));
        expect(Math.min(...kept)).toBe(Math.min(...row));
      }),
    );
  });

  test("spreads places evenly", () => {
    expect(spread(3, 5)).toEqual([0, 1, 2]);
    expect(spread(101, 5)).toEqual([0, 25, 50, 75, 100]);
  });

  test("overlapping spans become one, those outside go", () => {
    const spans = [
      { from: 5, to: 8 },
      { from: -2, to: 1 },
      { from: 7, to: 99 },
      { from: 40, to: 50 },
    ];
    expect(merged(within(spans, 10))).toEqual([
      { from: 0, to: 1 },
      { from: 5, to: 10 },
    ]);
  });
});
