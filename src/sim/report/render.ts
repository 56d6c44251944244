/**
 * The report of a run: one file that opens without a network. Everything is drawn from the result
 * alone, so equal results give equal pages. Tables and still pictures are plain HTML and SVG; the
 * plots over time and of the contributors are drawn by a script that the page carries.
 */
import { type Html, html, scriptJson, trusted } from "./html.ts";
import type { ReportInput } from "./input.ts";
import { type Section, sectionHtml } from "./layout.ts";
import type { PageData } from "./page/page-data.ts";
import { DATA_ID, pageScript } from "./page/script.ts";
import { checksSection, violationsSection } from "./sections/checks.ts";
import { costSection } from "./sections/cost.ts";
import { distributionsSection } from "./sections/distributions.ts";
import { faultsSection } from "./sections/fault-timeline.ts";
import { mapSection } from "./sections/map.ts";
import { metricsSection } from "./sections/metrics.ts";
import { overTimeData, overTimeSection } from "./sections/over-time.ts";
import { rivalSection } from "./sections/rival.ts";
import { serviceScatter, serviceSection } from "./sections/service.ts";
import { summaryHtml } from "./sections/summary.ts";
import { refusalsSection, unhandledSection } from "./sections/tallies.ts";
import { whySection } from "./sections/why.ts";
import { reportCss } from "./style.ts";

/** What the page needs from outside: the plotting library, and a digest for its security policy. */
export interface ReportAssets {
  readonly uplotJs: string;
  readonly uplotCss: string;
  /** SHA-256 in base64 of the text's UTF-8 bytes. */
  readonly sha256: (text: string) => string;
}

function sectionsOf(input: ReportInput): ReadonlyArray<Section> {
  return [
    violationsSection(input),
    checksSection(input),
    metricsSection(input),
    overTimeSection(input),
    distributionsSection(input),
    serviceSection(input),
    whySection(input),
    rivalSection(input),
    costSection(input),
    mapSection(input),
    faultsSection(input),
    refusalsSection(input),
    unhandledSection(input),
  ].filter((section) => section !== undefined);
}

/** Nothing but the page's own scripts and styles, known by their digests, may run or load. */
function policyHtml(sources: Sources, sha256: ReportAssets["sha256"]): Html {
  const hashes = (texts: ReadonlyArray<string>) =>
    texts.map((text) => `'sha256-${sha256(text)}'`).join(" ");
  const policy = [
    "default-src 'none'",
    `script-src ${hashes(sources.scripts)}`,
    `style-src ${hashes([sources.style])}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return trusted(`<meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

interface Sources {
  readonly scripts: ReadonlyArray<string>;
  readonly style: string;
}

/** Text inside a script element must not end it. */
function scriptText(text: string): string {
  return text.replace(/<(?=\/script|!--)/gi, "\\x3c");
}

function sourcesOf(assets: ReportAssets): Sources {
  return {
    scripts: [scriptText(assets.uplotJs), scriptText(pageScript())],
    style: `${assets.uplotCss}\n${reportCss()}`.replaceAll("</", "<\\/"),
  };
}

function contentsHtml(sections: ReadonlyArray<Section>): Html {
  const items = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>\n`);
  return html`<nav aria-label="Sections"><ul>${items}</ul></nav>`;
}

export function renderReport(input: ReportInput, assets: ReportAssets): string {
  const sections = sectionsOf(input);
  const sources = sourcesOf(assets);
  const data: PageData = { ...overTimeData(input), scatter: serviceScatter(input) };
  const scripts = sources.scripts.map((text) => trusted(`<script>${text}</script>\n`));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policyHtml(sources, assets.sha256)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${input.scenario}, seed ${input.seed}: ${input.verdict} · PinGo</title>
<style>${trusted(sources.style)}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
${summaryHtml(input)}
${contentsHtml(sections)}
<main id="report">${sections.map(sectionHtml)}
</main>
<footer><p>Made by <code>pingo sim run</code>. The same scenario and seed give the same figures on
every machine. Plots over time are drawn by uPlot (MIT licence).</p></footer>
<script type="application/json" id="${DATA_ID}">${scriptJson(data)}</script>
${scripts}</body>
</html>
`.markup;
}
