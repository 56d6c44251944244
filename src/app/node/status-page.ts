/** The agent's page: what is given now, why, and what came of it. Plain HTML. */
import { dayNames } from "../../live/contribution/rule.ts";
import type { Hour, Preview } from "../../live/contribution/week.ts";
import type { NodeStatus } from "./status.ts";
import { statusStyle } from "./status-style.ts";

const EVENTS_SHOWN = 12;

const script = `
const act = async (path) => {
  await fetch(path, { method: "POST", headers: { "content-type": "application/json" } });
  await show();
};
const show = async () => {
  try {
    const answer = await fetch("/body");
    if (!answer.ok) throw new Error(answer.statusText);
    document.querySelector("main").innerHTML = await answer.text();
  } catch {
    document.querySelector("#fresh").textContent = "the agent does not answer";
  }
};
document.addEventListener("click", (event) => {
  const path = event.target instanceof HTMLButtonElement ? event.target.dataset.post : undefined;
  if (path) void act(path);
});
setInterval(() => { if (!document.hidden) void show(); }, 3000);
`;

/** `nonce` marks the one script that the page may run. */
export function pageOf(status: NodeStatus, preview: Preview, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PinGo on ${escaped(status.node)}</title>
<style>${statusStyle}</style>
<main>${bodyOf(status, preview)}</main>
<script nonce="${nonce}">${script}</script>
</html>
`;
}

/** What changes; the page fetches it again and again while somebody looks. */
export function bodyOf(status: NodeStatus, preview: Preview): string {
  const network = escaped(status.network ?? "no network joined");
  return [
    `<header><h1>PinGo on ${escaped(status.node)}</h1>`,
    `<span class="soft" id="fresh">${network}</span></header>`,
    heroOf(status),
    `<section><h2>This machine</h2><dl>${factsOf(status).map(fact).join("")}</dl></section>`,
    earningsOf(status),
    `<section><h2>The rule</h2><p style="margin:0 0 1rem"><code>${escaped(status.rule)}</code></p>`,
    `${weekOf(preview)}</section>`,
    eventsOf(status),
  ].join("\n");
}

function heroOf({ given, machine, pausedByHand, running }: NodeStatus): string {
  const percent = Math.round(given.cpuShare * 100);
  const gives = given.reason === "given";
  const cores = `${machine.cores} ${machine.cores === 1 ? "core" : "cores"}`;
  const says = gives ? `Giving ${percent} % of ${cores}` : "Giving nothing";
  const tasks = running === 1 ? "1 task" : `${running} tasks`;
  const doing =
    running === 0 ? "no task at the moment" : `${tasks} ${gives ? "at work" : "halted"}`;
  const [path, label] = pausedByHand ? ["/resume", "Resume"] : ["/pause", "Pause"];
  return `<section class="hero"><div class="say">
<span class="badge ${gives ? "given" : ""}">${escaped(gives ? "giving" : given.reason)}</span>
<strong>${says}</strong>
<span class="soft">${escaped(given.why)}; ${doing}</span>
</div><button data-post="${path}">${label}</button></section>`;
}

type Fact = readonly [name: string, value: string, note: string];

function fact([name, value, note]: Fact): string {
  return `<div><dt>${escaped(name)}</dt>
<dd>${escaped(value)}<small>${escaped(note)}</small></dd></div>`;
}

function factsOf({ owner, given, machine, cost, pressure }: NodeStatus): ReadonlyArray<Fact> {
  const load = owner.load === undefined ? "not known" : percentText(owner.load);
  const waits =
    pressure === undefined ? "of all cores" : `${percentText(pressure)} of time waiting`;
  return [
    ["Owner", owner.state, owner.why],
    ["Power", owner.power, owner.power === "mains" ? "plugged in" : "see the rule"],
    ["Others' load", load, waits],
    ["Memory for tasks", memoryText(given.memoryMib), `of ${memoryText(machine.memoryMib)}`],
    ["The agent itself", percentText(cost.cpuShare), `of a core, ${memoryText(cost.memoryMib)}`],
  ];
}

function earningsOf({ earnings }: NodeStatus): string {
  if (earnings === undefined) return "";
  const { contributor, balanceVcu, earnedVcu, unclearedVcu, standing } = earnings;
  const facts: ReadonlyArray<Fact> = [
    ["Earned", vcuText(earnedVcu), "verified and paid"],
    ["Balance", vcuText(balanceVcu), "to spend on jobs"],
    ["Not cleared yet", vcuText(unclearedVcu), "rewards in escrow"],
    ["Standing", standing, contributor],
  ];
  return `<section><h2>What came of it</h2><dl>${facts.map(fact).join("")}</dl></section>`;
}

function weekOf({ hours }: Preview): string {
  const heads = Array.from(
    { length: 24 },
    (_, hour) => `<span>${hour % 6 === 0 ? hour : ""}</span>`,
  );
  const rows = daysOf(hours).map(
    ([name, list]) =>
      `<span>${name}</span>${Array.from({ length: 24 }, (_, h) => cell(list, h)).join("")}`,
  );
  return `<h2>The coming week, whenever nobody uses the machine</h2>
<div class="week"><span></span>${heads.join("")}${rows.join("")}</div>`;
}

function cell(hours: ReadonlyArray<Hour>, wall: number): string {
  const hour = hours.find(({ minute }) => Math.floor(minute / 60) === wall);
  if (hour === undefined) return `<i style="visibility:hidden"></i>`;
  const { idle } = hour.given;
  const title = `${String(wall).padStart(2, "0")}:00, ${percentText(idle)}`;
  if (idle === 0) return `<i title="${title}"></i>`;
  return `<i data-on title="${title}" style="opacity:${(0.25 + 0.75 * idle).toFixed(2)}"></i>`;
}

function daysOf(hours: ReadonlyArray<Hour>): ReadonlyArray<readonly [string, Hour[]]> {
  const days: Array<readonly [string, Hour[]]> = [];
  let day = -1;
  for (const hour of hours) {
    if (hour.day !== day) days.push([dayNames[hour.day] ?? "", []]);
    day = hour.day;
    days.at(-1)?.[1].push(hour);
  }
  return days;
}

function eventsOf({ events }: NodeStatus): string {
  const items = events.slice(0, EVENTS_SHOWN).map(({ atMs, reason, cpuShare, why }) => {
    const at = new Date(atMs);
    const what = reason === "given" ? `giving ${percentText(cpuShare)}` : reason;
    const time = at.toLocaleString("en-GB", {
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    return `<li><time datetime="${at.toISOString()}">${time}</time>
<span>${escaped(what)} <span class="soft">${escaped(why)}</span></span></li>`;
  });
  return `<section><h2>Lately</h2><ul>${items.join("")}</ul></section>`;
}

function percentText(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function memoryText(mib: number): string {
  return mib >= 1_024 ? `${(mib / 1_024).toFixed(1)} GB` : `${Math.round(mib)} MB`;
}

function vcuText(vcu: number): string {
  return `${Number(vcu.toPrecision(4))} VCU`;
}

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  // A number stays with its sign at the end of a line.
  const kept = text.replace(/(\d) %/g, "$1\u00a0%");
  return kept.replace(/[&<>"']/g, (sign) => names[sign] ?? sign);
}
