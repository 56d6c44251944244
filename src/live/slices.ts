/**
 * JSON text of a large value, made a millisecond at a time, so that a shard's deliveries go on
 * while its snapshot is written down. The value must stay as it is until the text is there.
 */
import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { toText } from "./tagged-json.ts";

const SLICE_MS = 1;
/** Between slices: a shard that is busy half of the time does not fall behind meanwhile. */
const PAUSE_MS = 4;
/** Values of about so many parts are written in one go. */
const SMALL = 256;

/** The same text that {@link toText} gives. */
export async function toTextInSlices(value: object): Promise<string> {
  const pieces: string[] = [];
  let sinceMs = performance.now();
  for (const piece of piecesOf(value)) {
    pieces.push(piece);
    if (performance.now() - sinceMs < SLICE_MS) continue;
    await setTimeout(PAUSE_MS);
    sinceMs = performance.now();
  }
  return pieces.join("");
}

function* piecesOf(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null || roomAfter(value, SMALL) > 0) {
    yield toText(value);
  } else if (Array.isArray(value)) {
    yield "[";
    for (const [i, item] of value.entries()) {
      if (i > 0) yield ",";
      yield* piecesOf(isLeftOut(item) ? null : item);
    }
    yield "]";
  } else {
    let mark = "{";
    for (const [key, item] of Object.entries(value)) {
      if (isLeftOut(item)) continue;
      yield `${mark}${JSON.stringify(key)}:`;
      yield* piecesOf(item);
      mark = ",";
    }
    yield mark === "{" ? "{}" : "}";
  }
}

/** What JSON has no word for. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** What is left of `room` when each part of the value takes one; counts no further than that. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value !== "object" || value === null) return room - 1;
  let left = room - 1;
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    if (left <= 0) return left;
    left = roomAfter(item, left);
  }
  return left;
}
