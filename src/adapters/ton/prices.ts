/**
 * What the base chain charges, as its configuration says it (parameters 18, 21 and 25): gas, rent,
 * messages. A plan must know what it costs before anything is sent, also where no network is asked.
 */
import { type Cell, Dictionary, type DictionaryValue } from "@ton/core";

/** Nanogram; those with 16 bits after the point are as in the configuration. */
export interface Prices {
  readonly gas: {
    readonly flatLimit: bigint;
    readonly flatPrice: bigint;
    /** 1/65536 nanogram for a unit of gas. */
    readonly price: bigint;
  };
  readonly message: {
    readonly lump: bigint;
    /** 1/65536 nanogram. */
    readonly bit: bigint;
    readonly cell: bigint;
  };
  /** 1/65536 nanogram for a second. */
  readonly storage: { readonly bit: bigint; readonly cell: bigint };
}

/** Cells and bits, each distinct cell once: what the chain counts. */
export interface Size {
  readonly bits: number;
  readonly cells: number;
}

/**
 * Those of the main network until April 2026. Since then gas and messages cost about a sixth, so a
 * plan by these sends too much rather than too little; what is too much comes back or stays as
 * rent.
 */
export const knownPrices: Prices = {
  gas: { flatLimit: 100n, flatPrice: 40_000n, price: 26_214_400n },
  message: { lump: 400_000n, bit: 26_214_400n, cell: 2_621_440_000n },
  storage: { bit: 1n, cell: 500n },
};

export const YEAR_S = 365 * 24 * 3600;
const POINT = 16n;

const roundedUp = (amount: bigint) => (amount + (1n << POINT) - 1n) >> POINT;

export function gasFee({ gas }: Prices, units: number): bigint {
  const above = BigInt(units) - gas.flatLimit;
  return gas.flatPrice + (above > 0n ? roundedUp(above * gas.price) : 0n);
}

export function forwardFee({ message }: Prices, { bits, cells }: Size): bigint {
  return message.lump + roundedUp(message.bit * BigInt(bits) + message.cell * BigInt(cells));
}

export function rentOf({ storage }: Prices, { bits, cells }: Size, seconds: number): bigint {
  const each = storage.bit * BigInt(bits) + storage.cell * BigInt(cells);
  return roundedUp(each * BigInt(seconds));
}

/** Every distinct cell under the roots once. */
export function sizeOf(...roots: ReadonlyArray<Cell | undefined>): Size {
  const seen = new Map<string, number>();
  const visit = (cell: Cell): void => {
    const key = cell.hash().toString("base64");
    if (seen.has(key)) return;
    seen.set(key, cell.bits.length);
    cell.refs.forEach(visit);
  };
  for (const root of roots) if (root !== undefined) visit(root);
  const bits = [...seen.values()].reduce((sum, each) => sum + each, 0);
  return { bits, cells: seen.size };
}

const storageTag = 0xcc;
const flatGasTag = 0xd1;
const gasTag = 0xde;
const messageTag = 0xea;

const storagePrices: DictionaryValue<Prices["storage"]> = {
  serialize: () => {
    throw new Error("prices are read, never written");
  },
  parse: (slice) => {
    expectTag(slice.loadUint(8), storageTag, "storage");
    slice.skip(32);
    return { bit: slice.loadUintBig(64), cell: slice.loadUintBig(64) };
  },
};

function expectTag(found: number, expected: number, of: string): void {
  if (found !== expected) {
    throw new Error(`the network's ${of} prices are in a form that this version cannot read`);
  }
}

/** The base chain's prices from the three parameters of a configuration. */
export function pricesFrom(storage: Cell, gas: Cell, message: Cell): Prices {
  const keys = Dictionary.Keys.Uint(32);
  const rents = Dictionary.loadDirect(keys, storagePrices, storage);
  const newest = Math.max(...rents.keys());
  const rent = rents.get(newest);
  if (rent === undefined) throw new Error("the network's configuration has no storage prices");
  const gasSlice = gas.beginParse();
  expectTag(gasSlice.loadUint(8), flatGasTag, "gas");
  const [flatLimit, flatPrice] = [gasSlice.loadUintBig(64), gasSlice.loadUintBig(64)];
  expectTag(gasSlice.loadUint(8), gasTag, "gas");
  const price = gasSlice.loadUintBig(64);
  const messages = message.beginParse();
  expectTag(messages.loadUint(8), messageTag, "message");
  const lump = messages.loadUintBig(64);
  const [bit, cell] = [messages.loadUintBig(64), messages.loadUintBig(64)];
  return { gas: { flatLimit, flatPrice, price }, message: { lump, bit, cell }, storage: rent };
}
