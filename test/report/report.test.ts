import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { loadReportAssets } from "../../src/adapters/system/report-assets.ts";
import { renderReport } from "../../src/sim/report/render.ts";
import {
  emptyResult,
  failedResult,
  sampleContributors,
  sampleFaults,
  sampleResult,
  sampleSeries,
} from "./sample-result.ts";

const assets = loadReportAssets();
const page = renderReport(sampleResult, assets);

/** Everything but scripts and styles. */
function body(text: string): string {
  return text.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, "");
}

describe("a report", () => {
  test("is the same for the same result and knows no date", () => {
    expect(renderReport(structuredClone(sampleResult), assets)).toBe(page);
  });

  test("says what was run, how it ended and how to run it again", () => {
    const text = body(page);
    expect(text).toContain("<h1>first-light</h1>");
    expect(text).toContain("✓ pass");
    expect(text).toContain("<code>9f3c2b71d05e44aa</code>");
    expect(text).toContain("npx pingo sim run scenarios/first-light.yaml --seed 7<");
    expect(text).not.toContain("Took");
    expect(text).not.toContain("Interrupted");
  });

  test("takes the time outside, the line of the run and its end from the shell", () => {
    const replay = "npx pingo sim run mine.yaml --seed 7 --set nodes=5";
    const text = body(
      renderReport({ ...sampleResult, wallMs: 2000, partial: true, replay }, assets),
    );
    expect(text).toContain("Took");
    expect(text).toContain("Interrupted.");
    expect(text).toContain(replay);
  });

  test("shows what was missed first, with the violations", () => {
    const text = body(renderReport(failedResult, assets));
    expect(text).toContain("2 of 10 checks missed");
    expect(text).toContain("was paid twice");
    expect(text.indexOf("<code>paid-once</code>")).toBeLessThan(text.indexOf("credit-conserved"));
  });

  test("defines its metrics and gives the numbers behind each picture", () => {
    const text = body(page);
    expect(text).toContain("executions / tasks");
    expect(text.match(/<details class="numbers">/g)?.length).toBe(text.match(/<figure>/g)?.length);
  });

  test("a group of figures of which nothing happened is closed, any other is open", () => {
    const metrics = { attackerGain: 0, attackerPaid: 0, demands: 3, refused: 0 };
    const text = body(renderReport({ ...sampleResult, metrics }, assets));
    expect(text).toMatch(/<details class="idle"><summary><h3>Adversaries<\/h3> <small>all 2 are 0/);
    expect(text.match(/class="idle"/g)).toHaveLength(1);
    expect(text).toMatch(/<h3>People<\/h3>/);
  });

  test("has each id once and no link to nowhere", () => {
    const ids = [...body(page).matchAll(/ id="([^"]*)"/g)].map((found) => found[1] ?? "");
    const links = [...body(page).matchAll(/ href="#([^"]*)"/g)].map((found) => found[1] ?? "");
    expect(new Set(ids).size).toBe(ids.length);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
  });
});

describe("a report is on its own", () => {
  test("loads nothing", () => {
    expect(page).not.toMatch(/\b(src|href|action|data|poster)\s*=\s*["']?(https?:)?\/\//i);
    expect(page).not.toMatch(/url\(|@import|<link|<iframe|<object|<img/i);
    expect(body(page)).not.toMatch(/https?:/);
  });

  test("lets only its own scripts and styles run, by digest", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const elements = [...page.matchAll(/<(?:script|style)>([\s\S]*?)<\/(?:script|style)>/g)];
    expect(elements.length).toBe(3);
    for (const [, text] of elements) {
      const digest = createHash("sha256")
        .update(text ?? "")
        .digest("base64");
      expect(policy).toContain(`'sha256-${digest}'`);
    }
    expect(body(page)).not.toMatch(/ (style|on[a-z]+)="/);
  });

  test("a library that would end its element does not", () => {
    const uplotJs = "var uPlot = '</script><b>';";
    const text = renderReport(emptyResult, { ...assets, uplotJs });
    expect(text).toContain("var uPlot = '\\x3c/script><b>';");
  });
});

describe("any result makes a page", () => {
  test("texts of the result stay texts", () => {
    const evil = `</script><img src=x onerror="alert(1)">'&\u2028`;
    const text = renderReport(
      {
        ...sampleResult,
        scenario: evil,
        description: evil,
        hash: evil,
        metrics: { [evil]: 1 },
        checks: [{ name: evil, value: 1, bound: evil, pass: false }],
        violations: [{ checker: evil, message: evil, atUs: 1, event: 1, kind: "safety" }],
        series: [{ name: evil, unit: evil, at: [0, 1], values: [1, 2] }],
        histograms: [{ name: evil, unit: evil, bounds: [1, 2], counts: [1, 2] }],
        contributors: [{ id: evil, className: "honest", asked: 1, earned: 1, spent: 1 }],
        faults: [{ kind: evil, target: evil, fired: 1, spans: [{ from: 0, to: 1, on: evil }] }],
        refusals: [{ reason: evil, count: 1 }],
        unhandled: [{ what: evil, count: 1 }],
      },
      assets,
    );
    expect(text).not.toContain("<img");
    expect(text.match(/<\/script>/g)?.length).toBe(3);
    expect(body(text)).toContain("&lt;/script&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  });

  test("an odd name is quoted for the shell", () => {
    const text = body(renderReport({ ...sampleResult, scenario: "it's mine" }, assets));
    expect(text).toContain("scenarios/it&#39;\\&#39;&#39;s mine.yaml&#39; --seed 7");
  });

  test("nothing at all", () => {
    const text = body(renderReport(emptyResult, assets));
    expect(text).toContain("There were no contributors.");
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("numbers that are none", () => {
    const no = Number.NaN;
    const text = renderReport(
      {
        ...emptyResult,
        metrics: { waitP95S: no, other: Number.POSITIVE_INFINITY },
        series: [
          { name: "a", unit: "x", at: [0], values: [no] },
          { name: "b", unit: "y", at: [], values: [] },
          { name: "c", unit: "x", at: [0, 1], values: [Number.POSITIVE_INFINITY, -3] },
        ],
        histograms: [
          { name: "wait", unit: "s", bounds: [], counts: [] },
          { name: "zero", unit: "s", bounds: [0], counts: [4] },
          { name: "open", unit: "s", bounds: [0, 1], counts: [0, 9] },
        ],
        classes: [{ name: "honest", contributors: 0, asked: 0, earned: 0, spent: 0 }],
        contributors: [{ id: "c", className: "honest", asked: 0, earned: 0, spent: 0 }],
      },
      assets,
    );
    expect(body(text)).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("the largest stay below 700 KB, a usual one below 400 KB", () => {
    const huge = {
      ...sampleResult,
      series: sampleSeries(5000),
      contributors: sampleContributors(2000),
      faults: sampleFaults(100),
    };
    expect(renderReport(huge, assets).length).toBeLessThan(700_000);
    expect(page.length).toBeLessThan(400_000);
  });
});
