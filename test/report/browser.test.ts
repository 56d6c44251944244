import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadReportAssets } from "../../src/adapters/system/report-assets.ts";
import { renderReport } from "../../src/sim/report/render.ts";
import type { RunResult } from "../../src/sim/run/result.ts";
import {
  emptyResult,
  failedResult,
  sampleContributors,
  sampleFaults,
  sampleResult,
  sampleSeries,
} from "./sample-result.ts";

const executablePath = process.env.PINGO_CHROMIUM ?? "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) console.log(`report: no browser at ${executablePath}; set PINGO_CHROMIUM`);

const args = [
  "--no-sandbox",
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How many canvases there are, and how many of them show more than one colour. */
const countCanvases = `[...document.querySelectorAll("canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 3;
})`;

describe.runIf(hasChromium)("a report in a browser", () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), "pingo-report-"));

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens the report of a result from its file; what the browser complains about is kept. */
  async function open(result: RunResult, width: number, colorScheme: "light" | "dark") {
    const file = join(folder, `${result.scenario}-${result.seed}-${width}-${colorScheme}.html`);
    writeFileSync(file, renderReport(result, loadReportAssets()));
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    return { page, complaints };
  }

  const colourOf = (page: Page, selector: string) =>
    page.evaluate(`getComputedStyle(document.querySelector("${selector}")).backgroundColor`);

  test.each([
    [1280, "light"],
    [1280, "dark"],
    [360, "light"],
    [360, "dark"],
  ] as const)("at %d pixels, %s: draws all, complains of nothing", async (width, scheme) => {
    const { page, complaints } = await open(failedResult, width, scheme);
    const canvases: ReadonlyArray<boolean> = await page.evaluate(countCanvases);
    expect(canvases).toEqual([true, true, true, true, true]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(await colourOf(page, "#checks")).toBe(
      scheme === "light" ? "rgb(255, 255, 255)" : "rgb(25, 32, 42)",
    );
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("the button changes the colours of page and plots, and back", async () => {
    const { page, complaints } = await open(sampleResult, 1280, "light");
    const shot = () => page.evaluate(`document.querySelector("canvas").toDataURL()`);
    const before = await shot();
    await page.getByRole("button", { name: "Dark colours" }).click();
    expect(await colourOf(page, "#checks")).toBe("rgb(25, 32, 42)");
    await expect.poll(shot).not.toBe(before);
    await page.getByRole("button", { name: "Light colours" }).click();
    await expect.poll(shot).toBe(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a metric opens by keyboard, a contributor shows under the pointer", async () => {
    const { page, complaints } = await open(
      { ...sampleResult, contributors: sampleResult.contributors.slice(0, 1) },
      1280,
      "light",
    );
    await page.locator("details.metric summary").first().focus();
    await page.keyboard.press("Enter");
    expect(await page.getByText("each counted once").isVisible()).toBe(true);
    const box = await page.locator("#scatter canvas").boundingBox();
    const { earned, spent } = sampleResult.contributors[0]!;
    const place = (amount: number) => Math.sqrt(amount / (1.05 * Math.max(earned, spent)));
    const x = 56 + place(earned) * 630;
    const y = 10 + (1 - place(spent)) * 440;
    await page.locator("#scatter canvas").hover({ position: { x, y } });
    expect(box).not.toBeNull();
    expect(await page.locator("#scatter-hint").textContent()).toContain("contributor/c0, honest");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a narrower window keeps everything within it", async () => {
    const { page, complaints } = await open(sampleResult, 1280, "light");
    await page.setViewportSize({ width: 360, height: 800 });
    await expect.poll(() => page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("on paper it is light, and as wide as the paper", async () => {
    const { page, complaints } = await open(sampleResult, 1280, "dark");
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 4).toString()).toBe("%PDF");
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 700, height: 900 });
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(700);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("nothing, and very much", async () => {
    const empty = await open(emptyResult, 360, "light");
    expect(empty.complaints).toEqual([]);
    await empty.page.close();
    const huge = {
      ...sampleResult,
      seed: 99,
      series: [...sampleSeries(5000), { name: "lone", unit: "x", at: [1], values: [1] }],
      contributors: sampleContributors(2000),
      faults: [...sampleFaults(100), ...sampleFaults(0)],
    };
    const { page, complaints } = await open(huge, 1280, "light");
    const canvases: ReadonlyArray<boolean> = await page.evaluate(countCanvases);
    expect(canvases).toEqual([true, true, true, true, true, true]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
