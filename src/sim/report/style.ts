/** The look of the report. */
import { markCss, themeCss } from "./palette.ts";

const base = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, header, footer, nav { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
code { font: 0.9em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 0 0 12px; }
h3 { font-size: 1rem; margin: 20px 0 8px; color: var(--muted); }
p { margin: 0 0 8px; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--panel); padding: 8px; z-index: 2; }
small, .note, .hint, .where, .kicker, .empty { color: var(--muted); font-size: 0.875rem; }
.pass { color: var(--pass); }
.fail { color: var(--fail); }
`;

const head = `
header { padding-top: 20px; }
.top { display: flex; justify-content: space-between; align-items: center; gap: 12px; }
.kicker { margin: 0; }
button { font: inherit; font-size: 0.875rem; color: var(--ink); background: var(--panel);
  border: 1px solid var(--rule); border-radius: 6px; padding: 4px 12px; cursor: pointer;
  white-space: nowrap; }
button:hover { border-color: var(--muted); }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; margin: 12px 0; }
.verdict { margin: 0; display: flex; align-items: center; gap: 10px; }
.verdict b { border: 2px solid currentColor; border-radius: 6px; padding: 1px 12px; }
.verdict span { color: var(--muted); font-size: 0.875rem; }
.lead { max-width: 70ch; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 12px 0; }
.facts dt { color: var(--muted); font-size: 0.8125rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
.replay { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px;
  padding: 8px 14px; display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; }
.replay span { color: var(--muted); font-size: 0.875rem; }
.replay code { user-select: all; }
.notice { border-left: 4px solid var(--warn); background: var(--panel); padding: 8px 14px; }
.notice b { color: var(--warn); }
nav { padding-top: 4px; padding-bottom: 12px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0; padding: 0; }
nav a { text-decoration: none; font-size: 0.9375rem; }
nav a:hover { text-decoration: underline; }
section { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px;
  padding: 20px 24px; margin: 0 0 20px; scroll-margin-top: 12px; }
footer { padding-bottom: 32px; color: var(--muted); font-size: 0.8125rem; }
`;

const tables = `
.scroll { overflow-x: auto; margin: 0 0 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); font-size: 0.875rem; padding: 0 0 6px; }
th, td { text-align: left; padding: 6px 16px 6px 0; border-bottom: 1px solid var(--rule);
  vertical-align: baseline; }
thead th { font-size: 0.8125rem; color: var(--muted); font-weight: 600; }
tbody th { font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; }
th code, td code { overflow-wrap: break-word; }
.num { text-align: right; }
td.num { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
td .pass, td .fail { font-weight: 600; white-space: nowrap; }
.tally td:last-child { width: 45%; min-width: 80px; }
.bar { display: block; }
.violations { margin: 0; padding-left: 24px; }
.violations .message { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.violations li { margin: 0 0 10px; }
`;

const metrics = `
.metrics { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 8px;
  align-items: start; }
.metric { border: 1px solid var(--rule); border-radius: 8px; padding: 8px 12px; min-width: 0; }
.idle summary { cursor: pointer; color: var(--muted); }
.idle summary h3 { display: inline-block; margin-bottom: 0; }
.idle .metrics { margin-top: 8px; }
.metric summary { cursor: pointer; list-style: none; position: relative; }
.metric summary::-webkit-details-marker { display: none; }
details.metric:hover { border-color: var(--muted); }
.metric .name { display: block; color: var(--muted); font-size: 0.8125rem; }
details.metric .name { padding-right: 20px; }
details.metric .name::after { content: "?"; position: absolute; right: -4px; top: 2px;
  width: 1.35em; border: 1px solid var(--rule); border-radius: 50%; font-size: 0.6875rem;
  line-height: 1.25; text-align: center; }
.metric .value { display: inline-block; font-size: 1.25rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.metric .value small { font-size: 0.8125rem; font-weight: 400; }
.metric p { font-size: 0.875rem; margin: 6px 0 0; overflow-wrap: anywhere; }
.metric p.where { font-size: 0.8125rem; }
`;

const figures = `
figure { margin: 0 0 24px; }
figure:last-child { margin-bottom: 0; }
figcaption { margin: 0 0 8px; display: flex; flex-wrap: wrap; gap: 0 12px; align-items: baseline; }
.caption { font-weight: 600; }
.plot { position: relative; min-width: 0; }
.plot.lines { min-height: 230px; }
.plot.axes { padding: 44px 16px 26px 48px; }
.plot canvas { display: block; touch-action: pan-y; }
svg { display: block; overflow: visible; }
svg text { font: 12px system-ui, sans-serif; fill: var(--muted); }
svg text.on { fill: var(--panel); }
.grid { stroke: var(--rule); stroke-width: 1; }
.bars rect { fill: var(--c1); stroke: var(--panel); stroke-width: 1; }
line.mark { stroke: var(--c2); stroke-width: 1.5; stroke-dasharray: 5 3; }
svg text.mark { fill: var(--c2); font-weight: 600; }
.curve { fill: none; stroke-width: 2; }
.arc { fill: none; stroke: var(--c3); opacity: 0.55; }
.plot.world svg { width: 100%; height: auto; }
.plot.square { max-width: 420px; }
.plot.square svg { width: 100%; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 0.875rem; margin: 4px 0 8px; }
.swatch { display: inline-block; vertical-align: -1px; }
.rows .row { display: grid; grid-template-columns: 236px 1fr; gap: 0 16px;
  padding: 4px 60px 4px 0; }
.rows.timeline .row { padding: 2px 12px 2px 0; }
.label { font-size: 0.875rem; min-width: 0; overflow-wrap: anywhere; line-height: 1.4; }
.label b { font-weight: 600; }
.numbers { margin-top: 6px; }
.numbers summary { cursor: pointer; color: var(--accent); font-size: 0.875rem; width: fit-content; }
.numbers .scroll { margin: 10px 0 16px; font-size: 0.875rem; max-height: 420px; overflow: auto; }
.numbers th, .numbers td { padding-top: 3px; padding-bottom: 3px; }
.uplot { width: auto; max-width: 100%; }
.u-legend { font-size: 0.8125rem; text-align: left; padding-left: 44px; }
.u-select { background: var(--shade); }
.u-legend th, .u-legend td { border: 0; }
.u-legend .u-series { margin-right: 12px; }
.u-legend .u-series > * { padding: 2px 4px 2px 0; }
.u-legend.u-live th::after { content: ""; }
.u-legend tbody { display: flex; flex-wrap: wrap; }
.u-legend .u-series:first-child { order: 9; color: var(--muted); }
.u-legend .u-series:first-child .u-marker { display: none; }
`;

const narrow = `
@media (max-width: 640px) {
  body { font-size: 15px; }
  main, header, footer, nav { padding-left: 12px; padding-right: 12px; }
  section { padding: 14px 12px; border-radius: 8px; }
  h1 { font-size: 1.6rem; }
  .metrics { grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); }
  .rows .row { grid-template-columns: 1fr; padding-right: 48px; }
  .plot.axes { padding-left: 36px; padding-right: 8px; }
  table { font-size: 0.875rem; }
  th, td { padding-right: 8px; }
  th code, td code { overflow-wrap: anywhere; }
  td.num { white-space: normal; }
  .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .u-legend { padding-left: 0; }
}
@media print {
  @page { margin: 14mm; }
  body { background: none; font-size: 11pt; }
  nav, button, .skip, .screen, .numbers:not([open]),
  details.metric .name::after { display: none; }
  main, header, footer { padding: 0; max-width: none; }
  section { border: 0; padding: 0; break-inside: auto; }
  h2, h3, figcaption { break-after: avoid; }
  figure, .metric, tr, .violations li { break-inside: avoid; }
  .scroll { overflow: visible; max-height: none; }
}
`;

export function reportCss(): string {
  return [themeCss(), base, head, tables, metrics, figures, markCss(), narrow].join("");
}
