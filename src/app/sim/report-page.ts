/** The report with what the pure renderer cannot fetch: the plotting library and digests. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { ReportInput } from "../../sim/report/input.ts";
import { renderReport } from "../../sim/report/render.ts";
import { readText } from "../files.ts";

const require = createRequire(import.meta.url);
const asset = (name: string) => readText(require.resolve(`uplot/dist/${name}`), "the plot library");

export function reportPage(input: ReportInput): string {
  return renderReport(input, {
    uplotJs: asset("uPlot.iife.min.js"),
    uplotCss: asset("uPlot.min.css"),
    sha256: (text) => createHash("sha256").update(text, "utf8").digest("base64"),
  });
}
