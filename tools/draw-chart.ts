/**
 * Draws a chart from its description: Graphviz lays it out, the colours are a style sheet of the
 * picture's own, so that one file is readable on light and on dark pages.
 */
import { instance } from "@viz-js/viz";
import type {
  ChartDescription,
  StateDescription,
  TransitionDescription,
} from "../src/kernel/chart/describe.ts";

const style = `
text { font-family: ui-monospace, Menlo, "DejaVu Sans Mono", "Liberation Mono", monospace;
  fill: #24292f; }
.edge text { fill: #57606a; }
.node path, .node polygon, .node ellipse { fill: #eef4fb; stroke: #3b6ea5; }
.final path, .final polygon { fill: #eef7ee; stroke: #3c7d46; }
.fork polygon, .fork path { fill: none; stroke: #8a939d; stroke-dasharray: 4 3; }
.start ellipse { fill: #3b6ea5; stroke: none; }
.note polygon, .note path { fill: none; stroke: #8a939d; stroke-dasharray: 2 3; }
.cluster path, .cluster polygon { fill: #7f8fa01c; stroke: #8a939d; }
.edge path { fill: none; stroke: #6e7781; }
.edge polygon { fill: #6e7781; stroke: #6e7781; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.edge text { fill: #aab4be; }
.node path, .node polygon, .node ellipse { fill: #16283c; stroke: #6cb0f5; }
.final path, .final polygon { fill: #14291a; stroke: #67c378; }
.fork polygon, .fork path, .note polygon, .note path { fill: none; stroke: #8b949e; }
.start ellipse { fill: #6cb0f5; stroke: none; }
.edge path { stroke: #8b949e; }
.edge polygon { fill: #8b949e; stroke: #8b949e; }
}
`;

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const idOf = (at: string) => quoted(`at ${at}`);
const clusterOf = (at: string) => quoted(`cluster ${at}`);

/** "Reserved [isFromLedger]", "after jobTerm", "[isOver]". */
export function triggerOf({ kind, on, guard }: TransitionDescription): string {
  const name = guard === "" ? "condition" : guard;
  const condition = name === undefined ? "" : `[${name}]`;
  const what = {
    on: on === "*" ? "any message" : on,
    after: `after ${on}`,
    always: "",
    done: "done",
  };
  return [what[kind], condition].filter((part) => part !== "").join(" ") || "otherwise";
}

function flat(state: StateDescription): ReadonlyArray<StateDescription> {
  return [state, ...state.states.flatMap(flat)];
}

/** Leaf in which one lands who enters the state. */
function landing(state: StateDescription, all: ReadonlyMap<string, StateDescription>): string {
  if (state.kind !== "compound") return state.at;
  const first = all.get(state.initial ?? "");
  return first === undefined ? state.at : landing(first, all);
}

const leaves = (state: StateDescription, transition: TransitionDescription) =>
  transition.target !== undefined && (transition.target !== state.at || transition.reenter);

/** Messages that a state takes without leaving, once each. */
function kept(state: StateDescription): ReadonlyArray<string> {
  const staying = state.transitions.filter((one) => one.kind === "on" && !leaves(state, one));
  const does = staying.filter((one) => one.actions.length > 0);
  return [...new Set(does.map((one) => one.on))];
}

const row = (text: string, size: number) =>
  `<tr><td align="left"><font point-size="${size}">${escaped(text)}</font></td></tr>`;

/** Three or so words a line, so that boxes stay narrow. */
function wrapped(items: ReadonlyArray<string>, columns = 30): ReadonlyArray<string> {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length + 2 <= columns) {
      lines[lines.length - 1] = `${last}, ${item}`;
    } else lines.push(item);
  }
  return lines;
}

const table = (title: string, lines: ReadonlyArray<string>) =>
  `<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">` +
  `<tr><td><b>${escaped(title)}</b></td></tr>` +
  `${lines.map((line) => row(line, 10)).join("")}</table>>`;

function leafText(state: StateDescription): string {
  const isFork = state.transitions.some(
    ({ kind, guard, target }) => kind === "always" && guard === undefined && target !== undefined,
  );
  const name = state.kind === "final" ? "final" : isFork ? "fork" : "state";
  const shape = state.kind === "final" ? "peripheries=2" : "";
  const label = table(state.key, wrapped(kept(state)));
  return `${idOf(state.at)} [class=${name} label=${label} ${shape}];`;
}

function stateText(state: StateDescription): string {
  if (state.kind !== "compound") return leafText(state);
  const lines = wrapped(kept(state));
  return [
    `subgraph ${clusterOf(state.at)} {`,
    `label=${table(state.key, lines)};`,
    ...state.states.map(stateText),
    "}",
  ].join("\n");
}

/** A long trigger on two lines. */
const narrow = (trigger: string): ReadonlyArray<string> =>
  trigger.length > 24 ? trigger.replace(" [", "|  [").split("|") : [trigger];

/** One arrow per pair of states, with everything that leads along it. */
function arrows({ root }: ChartDescription): ReadonlyArray<string> {
  const all = new Map(flat(root).map((state) => [state.at, state]));
  const labels = new Map<string, string[]>();
  for (const state of all.values()) {
    for (const transition of state.transitions) {
      const target = all.get(transition.target ?? " ");
      if (!leaves(state, transition) || target === undefined) continue;
      const ends = arrowEnds(state, target, all);
      labels.set(ends, [...(labels.get(ends) ?? []), triggerOf(transition)]);
    }
  }
  return [...labels].map(([ends, lines]) => {
    const text = [...new Set(lines)]
      .flatMap(narrow)
      .map((line) => `${line}\\l`)
      .join("");
    return ends.replace("LABEL", `"${text}"`);
  });
}

function arrowEnds(
  from: StateDescription,
  to: StateDescription,
  all: ReadonlyMap<string, StateDescription>,
): string {
  const tail = from.at === "" ? '"any"' : idOf(landing(from, all));
  const isInside = to.at.startsWith(`${from.at}.`);
  const ltail = from.kind === "compound" && from.at !== "" && !isInside;
  const lhead = to.kind === "compound" && !from.at.startsWith(`${to.at}.`) && from.at !== to.at;
  const options = [
    "label=LABEL",
    ...(ltail ? [`ltail=${clusterOf(from.at)}`] : []),
    ...(lhead ? [`lhead=${clusterOf(to.at)}`] : []),
  ];
  return `${tail} -> ${idOf(landing(to, all))} [${options.join(" ")}];`;
}

/** The chart in Graphviz' own language. */
function dotOf(chart: ChartDescription): string {
  const everywhere = kept(chart.root);
  const leads = chart.root.transitions.some((one) => leaves(chart.root, one));
  const lines = everywhere.length === 0 ? [] : wrapped(everywhere, 34);
  const any = `"any" [class=note label=${table("in any state", lines)} shape=box style=""];`;
  return [
    "digraph {",
    "compound=true; bgcolor=transparent; rankdir=TB; nodesep=0.35; ranksep=0.5;",
    'fontname="Courier"; style="rounded";',
    'node [shape=box style=rounded fontname="Courier" fontsize=13 margin="0.12,0.06"];',
    'edge [fontname="Courier" fontsize=10 arrowsize=0.7];',
    ...chart.root.states.map(stateText),
    '"start" [class=start shape=circle style="" label="" width=0.14 fixedsize=true];',
    `"start" -> ${idOf(chart.initial)};`,
    ...(leads || everywhere.length > 0 ? [any] : []),
    ...arrows(chart),
    "}",
  ].join("\n");
}

/** The picture; `title` is what it says to those who cannot see it. */
export async function drawChart(chart: ChartDescription, title: string): Promise<string> {
  const viz = await instance();
  const raw = viz.renderString(dotOf(chart), { format: "svg" });
  const drawn = raw
    .slice(raw.indexOf("<svg"))
    .replaceAll(/<!--[\s\S]*?-->\n?/g, "")
    .replaceAll(/<title>[\s\S]*?<\/title>\n?/g, "")
    .replaceAll(/ (fill|stroke|font-family|stroke-width|stroke-dasharray)="[^"]*"/g, "")
    .replace(/<polygon points="[^"]*"\/>\n?(?=<g)/, "")
    .replaceAll("&#160;", " ");
  const opening = drawn.indexOf(">") + 1;
  const head = drawn
    .slice(0, opening)
    .replace("<svg", `<svg role="img" aria-label="${escaped(title)}"`);
  return `${head}\n<style>${style}</style>${drawn.slice(opening)}`;
}
