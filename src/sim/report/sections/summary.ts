/** The head of the page: what was run, how it ended, and the line that runs it again. */
import { type Html, html, nothing } from "../html.ts";
import type { ReportInput } from "../input.ts";
import { countOf, durationText, numberText } from "../number-text.ts";

/** Scenario files are named after their scenario; an odd name is quoted for the shell. */
function replayLine(input: ReportInput): string {
  if (input.replay !== undefined) return input.replay;
  const file = `scenarios/${input.scenario}.yaml`;
  const word = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
  return `npx pingo sim run ${word} --seed ${input.seed}`;
}

function verdictBadge(input: ReportInput): Html {
  const failed = input.checks.filter((check) => !check.pass).length;
  const missed =
    failed === 0
      ? countOf(input.violations.length, "violation")
      : `${numberText(failed)} of ${countOf(input.checks.length, "check")} missed`;
  if (input.verdict === "fail") {
    return html`<p class="verdict fail"><b>✗ fail</b> <span>${missed}</span></p>`;
  }
  const met =
    input.checks.length === 0
      ? "nothing was checked"
      : `${countOf(input.checks.length, "check")} met`;
  return html`<p class="verdict pass"><b>✓ pass</b> <span>${met}</span></p>`;
}

function facts(input: ReportInput): ReadonlyArray<readonly [string, Html | string]> {
  const wall = input.wallMs;
  const timed: ReadonlyArray<readonly [string, string]> =
    wall === undefined
      ? []
      : [
          ["Took", durationText(Math.round(wall) * 1000)],
          [
            "Events a second",
            wall > 0 ? numberText(Math.round((input.events / wall) * 1000)) : "n/a",
          ],
        ];
  return [
    ["Seed", html`<code>${input.seed}</code>`],
    ["Trace hash", html`<code>${input.hash}</code>`],
    ["Virtual time", durationText(input.virtualMs * 1000)],
    ["Events", numberText(input.events)],
    ...timed,
  ];
}

const interrupted = html`<p class="notice" role="status"><b>Interrupted.</b>
The run was stopped before its end: all figures are those up to the virtual time below, and the
verdict is not final.</p>`;

export function summaryHtml(input: ReportInput): Html {
  const list = facts(input).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  );
  return html`<header>
<div class="top"><p class="kicker">PinGo simulation report</p>
<button type="button" id="theme" hidden>Dark colours</button></div>
<div class="title"><h1>${input.scenario}</h1> ${verdictBadge(input)}</div>
${input.description === "" ? nothing : html`<p class="lead">${input.description}</p>`}
${input.partial === true ? interrupted : nothing}
<dl class="facts">${list}</dl>
<p class="replay"><span>Run it again</span> <code>${replayLine(input)}</code></p>
</header>`;
}
