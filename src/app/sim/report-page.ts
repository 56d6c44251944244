/** The report with what the pure renderer cannot fetch: the plotting library and digests. */
import { loadReportAssets } from "../../adapters/system/report-assets.ts";
import type { Comparison } from "../../sim/compare/comparison.ts";
import { renderComparison } from "../../sim/report/comparison-page.ts";
import type { ReportInput } from "../../sim/report/input.ts";
import { renderReport } from "../../sim/report/render.ts";

export function reportPage(input: ReportInput): string {
  return renderReport(input, loadReportAssets());
}

export function comparisonPage(comparison: Comparison, replay: string): string {
  return renderComparison(comparison, replay, loadReportAssets().sha256);
}
