/** The report of an economy: one file that opens without a network and needs no script. */
import { type Html, html, trusted } from "../report/html.ts";
import { type Section, sectionHtml, tableHtml } from "../report/layout.ts";
import { numberText, spokenName } from "../report/number-text.ts";
import { reportCss } from "../report/style.ts";
import { type BandPlot, bandFigure, rangeText } from "./band-plot.ts";
import { classes } from "./books.ts";
import type { Outcome } from "./outcome.ts";

export const plots: ReadonlyArray<BandPlot> = [
  {
    title: "Emission of an epoch",
    note: "what the community was given, and what the schedule would have borne",
    unit: "PINGO an epoch",
    lines: [
      { title: "schedule", series: "scheduled" },
      { title: "given to the community", series: "community" },
    ],
  },
  {
    title: "Allocation: issued in all, by class",
    note: "upright are powers of ten: the classes differ by as much",
    unit: "PINGO",
    least: 1_000_000,
    lines: ["compute", "edges", "users", "team", "investors", "treasury"].map((of) => ({
      title: of,
      series: `issued.${of}`,
    })),
  },
  {
    title: "Holdings by class",
    note: "what is still locked counts as its owner's; less than a million is drawn on the ground",
    unit: "PINGO",
    least: 1_000_000,
    lines: classes.map((of) => ({ title: of, series: `held.${of}` })),
  },
  {
    title: "Free and burned",
    note: "free: claimed or released, the market's included",
    unit: "PINGO",
    lines: [
      { title: "issued", series: "issued" },
      { title: "free", series: "float" },
      { title: "burned", series: "burned" },
    ],
  },
  {
    title: "Verified work",
    note: "what verifiers agreed on",
    unit: "VCU an hour",
    lines: [{ title: "work", series: "workPerHour" }],
  },
  {
    title: "Sales of an epoch against the market's pool",
    note: "1: as much was sold as the pool held afterwards",
    unit: "sold / held",
    lines: [{ title: "sold", series: "soldOfMarket" }],
  },
];

function promisesSection({ broken, epochs, futures }: Outcome): Section {
  const kept = html`<p class="pass">In all ${numberText(epochs)} epochs of ${futures} futures: the
community had 80 % of the epoch and of all; no more was issued than the schedule allows; every
nano-PINGO issued was in a purse, locked or burned; buying one's own work lost below the
bound.</p>`;
  const rows = broken
    .slice(0, 50)
    .map(({ seed, atUs, message }) => [String(seed), numberText(atUs / 86_400_000_000), message]);
  const columns = [{ title: "Seed" }, { title: "Day", numeric: true }, { title: "What" }];
  const body = broken.length === 0 ? kept : tableHtml({ caption: "Broken", columns, rows });
  return { id: "promises", title: "Promises", body };
}

function metricsSection({ metrics }: Outcome): Section {
  const rows = Object.entries(metrics).map(([name, range]) => [spokenName(name), rangeText(range)]);
  const columns = [{ title: "At the end" }, { title: "Middle, 5 to 95 %", numeric: true }];
  const caption = "Middle of the futures, and the range that holds nine of ten";
  return { id: "metrics", title: "Ranges", body: tableHtml({ caption, columns, rows }) };
}

/** `sha256`: digest of a text in base64, for the page's security policy. */
export function renderEconomy(
  outcome: Outcome,
  replay: string,
  sha256: (text: string) => string,
): string {
  const figures: ReadonlyArray<Html> = plots.map((plot) => bandFigure(outcome, plot));
  const sections: ReadonlyArray<Section> = [
    promisesSection(outcome),
    metricsSection(outcome),
    { id: "plots", title: "Over time", body: html`${figures}` },
  ];
  const style = reportCss().replaceAll("</", "<\\/");
  const policy = `default-src 'none'; style-src 'sha256-${sha256(style)}'; base-uri 'none'`;
  const { scenario, seed, futures, verdict } = outcome;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${trusted(`<meta http-equiv="Content-Security-Policy" content="${policy}">`)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${scenario}: ${verdict} · PinGo</title>
<style>${trusted(style)}</style>
</head>
<body>
<header>
<p class="kicker">PinGo economy</p>
<div class="title"><h1>${scenario}</h1>
<p class="verdict ${verdict}"><b>${verdict}</b></p></div>
<dl class="facts"><div><dt>Futures</dt><dd>${futures}, seeds ${seed} to ${seed + futures - 1}</dd>
</div></dl>
<p class="replay"><span>Run it again</span>
<code>${replay}</code></p>
<p class="hint">These are ranges of what follows if people act as the file says. Nothing here is a
forecast: who believes other inputs writes them there.</p>
</header>
<main>${sections.map(sectionHtml)}
</main>
<footer><p>Made by <code>pingo sim run</code>. The same file and seed give the same figures on every
machine.</p></footer>
</body>
</html>
`.markup;
}
