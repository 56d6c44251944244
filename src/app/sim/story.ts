/** One actor's deliveries as lines of a story: when, from or to whom, what, in a few words. */
import { toVcu } from "../../kernel/credit.ts";
import { formatDuration, HOUR, MINUTE, SECOND } from "../../kernel/duration.ts";
import type { DeliveryNote } from "../../sim/run/run.ts";
import type { Style } from "../terminal/style.ts";
import { numberText } from "../terminal/table.ts";

export interface Event {
  /** Virtual time since the start, microseconds. */
  readonly atUs: number;
  readonly way: "in" | "out" | "timer";
  readonly peer: string;
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** What a delivery is to `actor`; undefined when it is not its business. */
export function eventOf(delivery: DeliveryNote, actor: string, startUs: number): Event | undefined {
  const { from, to, type, message } = delivery;
  if (from !== actor && to !== actor) return undefined;
  const way = from === to ? "timer" : to === actor ? "in" : "out";
  return {
    atUs: delivery.atUs - startUs,
    way,
    peer: way === "out" ? to : from,
    type,
    message: message as Event["message"],
  };
}

const arrows = { in: "from", out: "to", timer: "own" } as const;
const PEER_WIDTH = 20;

/** One line; a refusal's rule is said in full below it. */
export function storyLines(event: Event, style: Style): ReadonlyArray<string> {
  const { rule, type: _, ...fields } = event.message;
  const isRefusal = typeof rule === "string" && rule !== "";
  const peer = event.way === "timer" ? "timer" : event.peer;
  const what = `${wordsOf(event.type)}${fieldsText(fields)}`;
  const where = `${arrows[event.way].padEnd(4)} ${peer.padEnd(PEER_WIDTH)}`;
  const time = timeText(event.atUs);
  const line = `${style.dim(time)}  ${where}  ${isRefusal ? style.yellow(what) : what}`;
  if (!isRefusal) return [line];
  const indent = " ".repeat(time.length + 2);
  return [line, `${indent}${style.bold(style.yellow(`because ${rule}`))}`];
}

/** "JobRefused" → "job refused". */
function wordsOf(type: string): string {
  return type.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
}

function timeText(us: number): string {
  const pad = (count: number, width: number) => String(Math.floor(count)).padStart(width, "0");
  const clock = `${pad(us / HOUR, 2)}:${pad((us % HOUR) / MINUTE, 2)}`;
  return `${clock}:${pad((us % MINUTE) / SECOND, 2)}.${pad((us % SECOND) / 1_000, 3)}`;
}

/** The ends of names that say a unit, which stands behind the number instead. */
const units = /(Us|Bytes|M?flops?)$/i;
/** Numbers that mean nothing to a reader. */
const hidden = new Set(["token"]);

function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    const label = wordsOf(name.replace(units, ""));
    return hidden.has(name) ? [] : [`${label} ${valueText(name, value)}`.trim()];
  });
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

const LISTED_MAX = 3;
const TEXT_MAX = 40;

function valueText(name: string, value: unknown): string {
  if (typeof value === "bigint") return `${numberText(toVcu(value))} VCU`;
  if (typeof value === "number") return countText(name, value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return listText(name, value);
  if (typeof value === "object") {
    return `(${fieldsText(value as Readonly<Record<string, unknown>>).replace(/^: /, "")})`;
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

function countText(name: string, value: number): string {
  if (name.endsWith("Us")) return formatDuration(value);
  if (name.endsWith("flops")) return `${numberText(value)} MFLOP/s`;
  if (name.endsWith("flop")) return `${numberText(value)} MFLOP`;
  if (name.endsWith("Bytes")) return `${numberText(value)} bytes`;
  return numberText(value);
}

function listText(name: string, list: ReadonlyArray<unknown>): string {
  if (list.length === 0) return "none";
  const shown = list.slice(0, LISTED_MAX).map((item) => valueText(name, item));
  const rest = list.length - shown.length;
  return rest > 0 ? `[${shown.join(", ")} and ${rest} more]` : `[${shown.join(", ")}]`;
}
