/**
 * The ready nodes by their place, so that the nearest to the edge are found without a look at the
 * rest. Space is cut into cells: a grid of ten milliseconds over the plane of the coordinates, and
 * classes of the delay of a node's own line, to which the time of a common input counts. Cells are
 * numbered outwards, and bits tell which have members, so a search goes from one that has some to
 * the next, however much has been taken around the edge. Nodes of one cell are equally near,
 * because coordinates are no more exact than that. All cells share four maps, which makes each of
 * them free.
 */
import { Schema } from "effect";
import type { Address } from "../../kernel/address.ts";
import { Address as AddressSchema } from "../../kernel/address.ts";
import { invariant } from "../../kernel/invariant.ts";
import { ROW } from "../../kernel/rows.ts";
import { VersionedMap } from "../../kernel/versioned-map.ts";

export interface Near {
  /** Member number `place` of a cell under the key cell x PLACES + place. */
  readonly members: VersionedMap<number, Address>;
  /** That key of each member. */
  readonly keys: VersionedMap<Address, number>;
  /** Members of each cell that has any. */
  readonly sizes: VersionedMap<number, number>;
  /**
   * Which cells have members: bit c % 30 of word c / 30. Which words have bits: the same for words,
   * from {@link SUMMARY} on. Thirty bits need no box.
   */
  readonly filled: VersionedMap<number, number>;
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
/** More members than an edge has nodes in a cell; a key stays below 2^31, so it needs no box. */
const PLACES = ROW;
const CELLS = SIDE * SIDE * CLASSES;
const BITS = 30;
/** Words that tell of all cells, and words that tell of those. */
const SUMMARY = Math.ceil(CELLS / BITS);
const SUMMARIES = Math.ceil(SUMMARY / BITS);

export const emptyNear: Near = {
  members: VersionedMap.inRows(),
  keys: VersionedMap.empty(),
  sizes: VersionedMap.empty(),
  filled: VersionedMap.empty(),
};

/** Number of the cell of a place; a smaller one is nearer to the edge. */
export function cellOf({ x, y, height }: Spot): number {
  let level = 0;
  while (level < CLASSES - 1 && height >= (CLASS_ENDS[level] as number)) level++;
  ranks ??= ranksOutwards();
  return ranks[(columnOf(y) * SIDE + columnOf(x)) * CLASSES + level] as number;
}

function columnOf(us: number): number {
  return Math.max(0, Math.min(SIDE - 1, Math.floor(us / CELL_US) + HALF));
}

/** Puts a node into a cell; it leaves the one that it was in. */
export function joinNear(near: Near, node: Address, cell: number): Near {
  const key = near.keys.get(node);
  if (key !== undefined && Math.floor(key / PLACES) === cell) return near;
  const { members, keys, sizes, filled } = leaveNear(near, node);
  const place = sizes.get(cell) ?? 0;
  invariant(place < PLACES, "an edge has fewer nodes than a cell has places");
  const at = cell * PLACES + place;
  return {
    members: members.set(at, node),
    keys: keys.set(node, at),
    sizes: sizes.set(cell, place + 1),
    filled: place === 0 ? fill(filled, cell) : filled,
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
    filled: lastPlace === 0 ? clear(near.filled, cell) : near.filled,
  };
}

function fill(filled: Near["filled"], cell: number): Near["filled"] {
  const word = Math.floor(cell / BITS);
  const bits = filled.get(word) ?? 0;
  const next = filled.set(word, bits | (1 << (cell % BITS)));
  if (bits !== 0) return next;
  const above = SUMMARY + Math.floor(word / BITS);
  return next.set(above, (next.get(above) ?? 0) | (1 << (word % BITS)));
}

function clear(filled: Near["filled"], cell: number): Near["filled"] {
  const word = Math.floor(cell / BITS);
  const bits = (filled.get(word) ?? 0) & ~(1 << (cell % BITS));
  const next = filled.set(word, bits);
  if (bits !== 0) return next;
  const above = SUMMARY + Math.floor(word / BITS);
  return next.set(above, (next.get(above) ?? 0) & ~(1 << (word % BITS)));
}

/**
 * Members around the edge, nearest cells first, until `take` says that it has enough. Each cell is
 * begun at a member of its own draw, so that equally near nodes share what comes.
 */
export function visitNear(
  near: Near,
  draw: (below: number) => number,
  take: (node: Address) => boolean,
): void {
  for (let above = 0; above < SUMMARIES; above++) {
    for (let words = near.filled.get(SUMMARY + above) ?? 0; words !== 0; words &= words - 1) {
      const word = above * BITS + lowest(words);
      for (let cells = near.filled.get(word) ?? 0; cells !== 0; cells &= cells - 1) {
        if (!visitCell(near, word * BITS + lowest(cells), draw, take)) return;
      }
    }
  }
}

/** Place of the lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** False when `take` has enough. */
function visitCell(
  near: Near,
  cell: number,
  draw: (below: number) => number,
  take: (node: Address) => boolean,
): boolean {
  const size = near.sizes.get(cell) ?? 0;
  const first = size === 1 ? 0 : draw(size);
  for (let n = 0; n < size; n++) {
    const node = near.members.get(cell * PLACES + ((first + n) % size));
    invariant(node !== undefined, "places of a cell are filled from the first");
    if (!take(node)) return false;
  }
  return true;
}

/** Number of each cell of the grid by its row, column and class; made once. */
let ranks: Int16Array | undefined;

/** Cells in the order of the distance that they stand for. */
function ranksOutwards(): Int16Array {
  const cells: Array<readonly [number, number, number, number]> = [];
  for (let row = -HALF; row < HALF; row++) {
    for (let column = -HALF; column < HALF; column++) {
      const plane = CELL_US * Math.sqrt(row * row + column * column);
      for (let level = 0; level < CLASSES; level++) {
        const from = level === 0 ? 0 : (CLASS_ENDS[level - 1] as number);
        const to = CLASS_ENDS[level] ?? 2 * from;
        cells.push([plane + (from + to) / 2, column, row, level]);
      }
    }
  }
  cells.sort((a, b) => a[0] - b[0] || a[2] - b[2] || a[1] - b[1]);
  const outwards = new Int16Array(CELLS);
  for (const [rank, [, column, row, level]] of cells.entries()) {
    outwards[((row + HALF) * SIDE + column + HALF) * CLASSES + level] = rank;
  }
  return outwards;
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
