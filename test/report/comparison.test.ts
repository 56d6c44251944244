import { describe, expect, test } from "vitest";
import { loadReportAssets } from "../../src/adapters/system/report-assets.ts";
import { compareRuns } from "../../src/sim/compare/comparison.ts";
import { renderComparison } from "../../src/sim/report/comparison-page.ts";
import { renderReport } from "../../src/sim/report/render.ts";
import { lorenzPoints } from "../../src/sim/report/sections/lorenz.ts";
import { sampleResult } from "./sample-result.ts";

const { sha256 } = loadReportAssets();
const runs = (service: ReadonlyArray<number>, wait: number) =>
  service.map((honestService, i) => ({ honestService, waitMeanS: wait + i, failed: 0 }));
const comparison = compareRuns(
  "steady",
  [1, 2, 3],
  new Map([
    ["ours", runs([0.9, 0.92, 0.91], 9)],
    ["equal", runs([0.4, 0.5, 0.45], 2)],
  ]),
);
const body = (page: string) => page.replace(/<style>[\s\S]*?<\/style>/, "");

describe("The page of a comparison", () => {
  const page = renderComparison(comparison, "npx pingo sim compare mine.yaml", sha256);

  test("says who is best in what, and where ours loses", () => {
    const text = body(page);
    expect(text).toMatch(/<b>ours<\/b>\s*<small>0\.91 ± [\d.]+ <span class="pass">best/);
    expect(text).toMatch(/id="losses"[\s\S]*<code>waitMeanS<\/code>[\s\S]*id="group-waiting"/);
    expect(text).toContain("<code>npx pingo sim compare mine.yaml</code>");
  });

  test("leaves out what is zero everywhere, needs no script and loads nothing", () => {
    expect(body(page)).not.toContain("Failed");
    expect(page).not.toMatch(/<script|url\(|https?:|NaN|Infinity|undefined/);
    expect(page).toMatch(/default-src 'none'; style-src 'sha256-/);
  });

  test("texts stay texts, and one seed proves nothing", () => {
    const evil = '<img src=x onerror="alert(1)">';
    const odd = compareRuns(
      evil,
      [1],
      new Map([
        ["ours", runs([1], 1)],
        [evil, runs([2], 2)],
      ]),
    );
    const text = renderComparison(odd, "", sha256);
    expect(text).not.toContain("<img");
    expect(text).toContain("One seed says nothing about chance");
  });
});

describe("What the report of a run says beside its figures", () => {
  const assets = loadReportAssets();
  const report = (more: object) => renderReport({ ...sampleResult, ...more }, assets);

  test("what a paid VCU costs by size, at the prices that were given", () => {
    const text = report({ prices: { vcuHour: 0.01, cloudCoreHour: 0.05 } });
    expect(text).toMatch(/below 0\.1 VCU[\s\S]*\$0\.0244[\s\S]*48\.8 %/);
    expect(text).toContain("0.1 VCU and more");
    expect(report({})).not.toContain('id="cost"');
  });

  test("why the worst-off got little: refusals with their rules", () => {
    const text = report({});
    expect(text).toContain("2.2 VCU of what it had earned and asked for are missing");
    expect(text).toMatch(/insufficient-credit[\s\S]*balance 0\.2 VCU, price 1 VCU/);
  });

  test("a gate shows its rival, and says when nothing differs", () => {
    const metrics = { ...sampleResult.metrics, freeRiderShare: 0.8 };
    expect(report({ rival: { policies: "equal", metrics } })).toContain("Free rider share");
    const same = report({ rival: { policies: "equal", metrics: sampleResult.metrics } });
    expect(same).toContain("our rules were not at work");
  });

  test("kinds of adversaries that it does not know get a look of their own", () => {
    const [first] = sampleResult.contributors;
    const contributors = [first, { ...first, id: "contributor/x", className: "copier" }];
    expect(report({ contributors })).toContain("1 of kind copier");
  });

  test("a map from places alone", () => {
    const city = { latitude: 52.5, longitude: 13.4, machines: 3, edges: 0 };
    const atlas = {
      cities: [
        { ...city, name: "Berlin, DE" },
        { ...city, name: "Lima, PE", latitude: -12, longitude: -77, edges: 1 },
      ],
      edges: 1,
      flows: [{ from: 1, to: 0, bytes: 2e9 }],
    };
    expect(report({ atlas })).toContain("Lima, PE to Berlin, DE: 2 GB");
  });

  test("Lorenz: the poorest three of four have nothing", () => {
    expect(lorenzPoints([0, 5, 0, 0])).toEqual([0, 0, 0, 0, 1]);
    expect(lorenzPoints([2, 1, 1])).toEqual([0, 0.25, 0.5, 1]);
    expect(lorenzPoints([0, 0])).toEqual([0, 0, 0]);
  });
});
