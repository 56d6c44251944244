/**
 * The page of a comparison: for each metric one line per set of rules, with the 95 % interval of
 * its mean over the seeds. One file that opens without a network and needs no script.
 */
import type { Comparison, Loss } from "../compare/comparison.ts";
import { OURS } from "../compare/rule-sets.ts";
import { groupsOf } from "./definitions.ts";
import { type Html, html, nothing, trusted } from "./html.ts";
import { type Section, sectionHtml, swatch, tableHtml } from "./layout.ts";
import { countOf, numberText, spokenName } from "./number-text.ts";
import { markColour } from "./palette.ts";
import { isNone, metricFigure } from "./sections/interval-rows.ts";
import { reportCss } from "./style.ts";

function lossesSection({ losses, policies, seeds }: Comparison): Section | undefined {
  if (!policies.includes(OURS)) return undefined;
  const number = (title: string) => ({ title, numeric: true });
  const columns = [
    { title: "Metric" },
    { title: "Better" },
    ...["Ours", "Theirs", "Difference", "95 % interval"].map(number),
  ];
  const row = ({ metric, to, ours, theirs, difference }: Loss) => [
    html`<code>${metric}</code>`,
    to,
    numberText(ours),
    numberText(theirs),
    numberText(difference.mean),
    `${numberText(difference.low)} to ${numberText(difference.high)}`,
  ];
  const table = tableHtml({
    caption: "Differences are ours less theirs, seed by seed",
    columns,
    rows: losses.map(row),
  });
  const none =
    seeds.length < 2
      ? html`<p class="empty">One seed says nothing about chance; give more.</p>`
      : html`<p class="empty">In no metric is another better by more than chance explains.</p>`;
  return {
    id: "losses",
    title: "Where ours loses",
    body: losses.length === 0 ? none : table,
  };
}

/** How often each is among the best in metrics in which not all are. */
function tallySection({ winners, policies, metrics }: Comparison): Section {
  const compared = Object.values(winners).filter((names) => names.length > 0);
  const decided = compared.filter((names) => names.length < policies.length);
  const rows = policies.map((policy) => [
    policy,
    numberText(decided.filter((names) => names.includes(policy)).length),
    numberText(decided.filter((names) => names.length === 1 && names[0] === policy).length),
  ]);
  const number = (title: string) => ({ title, numeric: true });
  const judged = countOf(Object.keys(winners).length, "metric");
  const all = Object.keys(metrics).length;
  const differing = numberText(decided.length);
  const caption = `${judged} of ${all} have a better direction; in ${differing} the rules differ`;
  return {
    id: "tally",
    title: "In short",
    body: tableHtml({
      caption,
      columns: [{ title: "Rules" }, number("Among the best"), number("Best alone")],
      rows,
    }),
  };
}

function groupSections(comparison: Comparison): ReadonlyArray<Section> {
  return [...groupsOf(Object.keys(comparison.metrics))].flatMap(([group, names]) => {
    const shown = names.filter((name) => !isNone(comparison, name));
    if (shown.length === 0) return [];
    const figures = shown.map((name) => metricFigure(comparison, name));
    return [{ id: `group-${group}`, title: spokenName(group), body: html`${figures}` }];
  });
}

const howToRead = trusted(`<p class="hint">A dot is the mean over the seeds, the bar its 95 %
interval (Student's t). Whether two differ is judged by their difference seed by seed, which is
finer than comparing bars. One metric in twenty seems to differ by chance alone.</p>`);

function headHtml({ scenario, policies, seeds }: Comparison, replay: string): Html {
  const legend = policies.map(
    (policy, i) => html`<span>${swatch(markColour(i))} ${policy}</span> `,
  );
  const first = seeds[0];
  const range = first === undefined ? nothing : html` (${first} to ${seeds.at(-1) ?? first})`;
  return html`<header>
<p class="kicker">PinGo comparison of rules</p>
<div class="title"><h1>${scenario}</h1></div>
<dl class="facts"><div><dt>Seeds, the same for all</dt><dd>${seeds.length}${range}</dd></div></dl>
<p class="legend">${legend}</p>
<p class="replay"><span>Run it again</span> <code>${replay}</code></p>
${howToRead}
</header>`;
}

/** `sha256`: digest of a text in base64, for the page's security policy. */
export function renderComparison(
  comparison: Comparison,
  replay: string,
  sha256: (text: string) => string,
): string {
  const sections = [
    tallySection(comparison),
    lossesSection(comparison),
    ...groupSections(comparison),
  ].filter((section) => section !== undefined);
  const style = reportCss().replaceAll("</", "<\\/");
  const items = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>\n`);
  const policy = `default-src 'none'; style-src 'sha256-${sha256(style)}'; base-uri 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${trusted(`<meta http-equiv="Content-Security-Policy" content="${policy}">`)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${comparison.scenario}: ${comparison.policies.join(", ")} · PinGo</title>
<style>${trusted(style)}</style>
</head>
<body>
${headHtml(comparison, replay)}
<nav aria-label="Sections"><ul>${items}</ul></nav>
<main>${sections.map(sectionHtml)}
</main>
<footer><p>Made by <code>pingo sim compare</code>. The same scenario, rules and seeds give the same
figures on every machine.</p></footer>
</body>
</html>
`.markup;
}
