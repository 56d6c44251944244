/**
 * The ready nodes by their place, so that the nearest to a point are found without a look at the
 * rest. Space is cut into cells: a grid of ten milliseconds over the plane of the coordinates, and
 * classes of the delay of a node's own line, to
 * which the time of a common input counts. A search goes through the cells around its point in the
 * order of their distance; nodes of one cell are equally near, because coordinates are no more
 * exact than that. All cells share three maps, which makes each of them free.
 */
import { Schema } from "effect";
import type { Address } from "../../kernel/address.ts";
import { Address as AddressSchema } from "../../kernel/address.ts";
import { invariant } from "../../kernel/invariant.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";

export interface Near {
  /** Member number `place` of a cell under the key cell x PLACES + place. */
  readonly members: VersionedMap<number, Address>;
  /** That key of each member. */
  readonly keys: VersionedMap<Address, number>;
  /** Members of each cell that has any. */
  readonly sizes: VersionedMap<number, number>;
}

/** A place in whole microseconds, relative to the edge. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

const CELL_US = 10_000;
/** Cells along each axis; what lies further out is in the outermost. */
const SIDE = 32;
const HALF = SIDE / 2;
/** Upper ends of the classes of height, microseconds; the last has none. */
const CLASS_ENDS: ReadonlyArray<number> = [8, 16, 32, 64, 128, 256, 512].map((ms) => ms * 1_000);
const CLASSES = CLASS_ENDS.length + 1;
/** More members than an edge has nodes; a key stays below 2^31, so it needs no box. */
const PLACES = 262_144;
/** Cells further away than this are not searched. */
const REACH = 24;

export const emptyNear: Near = {
  members: VersionedMap.empty(),
  keys: VersionedMap.empty(),
  sizes: VersionedMap.empty(),
};

/** Number of the cell of a place. */
export function cellOf({ x, y, height }: Spot): number {
  let level = 0;
  while (level < CLASSES - 1 && height >= (CLASS_ENDS[level] as number)) level++;
  return (columnOf(y) * SIDE + columnOf(x)) * CLASSES + level;
}

function columnOf(us: number): number {
  return Math.max(0, Math.min(SIDE - 1, Math.floor(us / CELL_US) + HALF));
}

/** Puts a node into a cell; it leaves the one that it was in. */
export function joinNear(near: Near, node: Address, cell: number): Near {
  const key = near.keys.get(node);
  if (key !== undefined && Math.floor(key / PLACES) === cell) return near;
  const { members, keys, sizes } = leaveNear(near, node);
  const place = sizes.get(cell) ?? 0;
  invariant(place < PLACES, "an edge has fewer nodes than a cell has places");
  const at = cell * PLACES + place;
  return {
    members: members.set(at, node),
    keys: keys.set(node, at),
    sizes: sizes.set(cell, place + 1),
  };
}

export function leaveNear(near: Near, node: Address): Near {
  const at = near.keys.get(node);
  if (at === undefined) return near;
  const cell = Math.floor(at / PLACES);
  const lastPlace = (near.sizes.get(cell) ?? 0) - 1;
  const last = cell * PLACES + lastPlace;
  let { members, keys } = near;
  if (at !== last) {
    const moved = members.get(last);
    invariant(moved !== undefined, "a cell has its last member");
    members = members.set(at, moved);
    keys = keys.set(moved, at);
  }
  return {
    members: members.delete(last),
    keys: keys.delete(node),
    sizes: lastPlace === 0 ? near.sizes.delete(cell) : near.sizes.set(cell, lastPlace),
  };
}

/**
 * Members around a place, nearest cells first, until `take` says that it has enough. Each cell is
 * begun at a member of its own draw, so that equally near nodes share what comes.
 */
export function visitNear(
  near: Near,
  around: Spot,
  draw: (below: number) => number,
  take: (node: Address) => boolean,
): void {
  const [left, top] = [columnOf(around.x), columnOf(around.y)];
  const steps = (walk ??= walkOutwards());
  for (let i = 0; i < steps.length; i += 3) {
    const column = left + (steps[i] as number);
    const row = top + (steps[i + 1] as number);
    if (column < 0 || column >= SIDE || row < 0 || row >= SIDE) continue;
    const cell = (row * SIDE + column) * CLASSES + (steps[i + 2] as number);
    const size = near.sizes.get(cell);
    if (size === undefined) continue;
    const first = size === 1 ? 0 : draw(size);
    for (let n = 0; n < size; n++) {
      const node = near.members.get(cell * PLACES + ((first + n) % size));
      invariant(node !== undefined, "places of a cell are filled from the first");
      if (!take(node)) return;
    }
  }
}

/** Steps (columns, rows, class) in the order of the distance that they stand for; made once. */
let walk: Int8Array | undefined;

function walkOutwards(): Int8Array {
  const steps: Array<readonly [number, number, number, number]> = [];
  for (let rows = -REACH; rows <= REACH; rows++) {
    for (let columns = -REACH; columns <= REACH; columns++) {
      const plane = CELL_US * Math.sqrt(rows * rows + columns * columns);
      if (plane > REACH * CELL_US) continue;
      for (let level = 0; level < CLASSES; level++) {
        const from = level === 0 ? 0 : (CLASS_ENDS[level - 1] as number);
        const to = CLASS_ENDS[level] ?? 2 * from;
        steps.push([plane + (from + to) / 2, columns, rows, level]);
      }
    }
  }
  steps.sort((a, b) => a[0] - b[0] || a[2] - b[2] || a[1] - b[1]);
  return Int8Array.from(steps.flatMap(([, columns, rows, level]) => [columns, rows, level]));
}

/** Persisted form: the members of each cell in their order. */
export const nearSchema = Schema.transform(
  Schema.Array(Schema.Tuple(Schema.Int, Schema.Array(AddressSchema))),
  Schema.declare((input): input is Near => typeof input === "object" && input !== null),
  {
    strict: true,
    decode: (cells) =>
      cells.reduce<Near>(
        (near, [cell, nodes]) => nodes.reduce((all, node) => joinNear(all, node, cell), near),
        emptyNear,
      ),
    encode: (near) =>
      near.sizes
        .entries()
        .map(
          ([cell, size]) =>
            [
              cell,
              Array.from(
                { length: size },
                (_, place) => near.members.get(cell * PLACES + place) as Address,
              ),
            ] as const,
        ),
  },
);
