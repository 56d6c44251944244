/**
 * Stacks of get-methods as toncenter writes them: slices come back as cells, null as the empty
 * list, pairs that end in null as one list.
 */
import type { Cell, TupleItem } from "@ton/core";
import { RpcError } from "./rpc-error.ts";
import { cellOf } from "./rpc-params.ts";

const KINDS = "num, tvm.Cell, tvm.Slice, tvm.Builder, tuple, list or null";

/** The machine's numbers have 257 bits, sign included. */
const TOO_LARGE = 1n << 256n;

export function stackIn(given: unknown): Array<TupleItem> {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw new RpcError(422, 'stack must be a list such as [["num","7"]]');
  return given.map(itemIn);
}

function itemIn(entry: unknown): TupleItem {
  const [kind, value]: ReadonlyArray<unknown> = Array.isArray(entry) ? entry : [];
  if (kind === "num") return { type: "int", value: numberIn(value) };
  if (kind === "null") return { type: "null" };
  if (kind === "tvm.Cell" || kind === "cell") return { type: "cell", cell: cellIn(value) };
  if (kind === "tvm.Slice" || kind === "slice") return { type: "slice", cell: cellIn(value) };
  if (kind === "tvm.Builder" || kind === "builder") return { type: "builder", cell: cellIn(value) };
  if ((kind === "tuple" || kind === "list") && Array.isArray(value)) {
    return { type: "tuple", items: value.map(itemIn) };
  }
  throw new RpcError(422, `an entry of the stack must be [kind, value] with a kind of ${KINDS}`);
}

function numberIn(value: unknown): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^-?(\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(value)) {
    const number = value.startsWith("-") ? -BigInt(value.slice(1)) : BigInt(value);
    if (number >= -TOO_LARGE && number < TOO_LARGE) return number;
  }
  throw new RpcError(422, "a number of the stack must be decimal or 0x… text of 257 bits at most");
}

function cellIn(value: unknown): Cell {
  const text = typeof value === "string" ? value : (value as { bytes?: unknown } | null)?.bytes;
  if (typeof text !== "string") throw new RpcError(422, "a cell of the stack must be base64 text");
  return cellOf(Buffer.from(text, "base64"), "a cell of the stack");
}

export function stackOut(items: ReadonlyArray<TupleItem>): ReadonlyArray<unknown> {
  return items.map((item) => {
    const list = listOf(item);
    if (list !== undefined) return ["list", listOut(list)];
    switch (item.type) {
      case "int":
        return ["num", hex(item.value)];
      case "nan":
        return ["num", "NaN"];
      case "cell":
      case "slice":
      case "builder":
        return ["cell", { bytes: bytesOf(item.cell) }];
      case "tuple":
        return ["tuple", tupleOut(item.items)];
      default:
        return item satisfies { type: "null" };
    }
  });
}

const hex = (value: bigint) =>
  value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
const bytesOf = (cell: Cell) => cell.toBoc().toString("base64");

/** The items of what Lisp would call a list; undefined for anything else. */
function listOf(item: TupleItem): ReadonlyArray<TupleItem> | undefined {
  const items: TupleItem[] = [];
  let rest = item;
  while (rest.type === "tuple" && rest.items.length === 2) {
    items.push(rest.items[0] as TupleItem);
    rest = rest.items[1] as TupleItem;
  }
  return rest.type === "null" ? items : undefined;
}

function listOut(items: ReadonlyArray<TupleItem>) {
  return { "@type": "tvm.list", elements: items.map(entryOut) };
}

function tupleOut(items: ReadonlyArray<TupleItem>) {
  return { "@type": "tvm.tuple", elements: items.map(entryOut) };
}

function entryOut(item: TupleItem): unknown {
  const list = listOf(item);
  if (list !== undefined) return { "@type": "tvm.stackEntryList", list: listOut(list) };
  switch (item.type) {
    case "int":
    case "nan": {
      const number = item.type === "nan" ? "NaN" : item.value.toString();
      return { "@type": "tvm.stackEntryNumber", number: { "@type": "tvm.numberDecimal", number } };
    }
    case "cell":
      return {
        "@type": "tvm.stackEntryCell",
        cell: { "@type": "tvm.cell", bytes: bytesOf(item.cell) },
      };
    case "slice":
    case "builder":
      return {
        "@type": "tvm.stackEntrySlice",
        slice: { "@type": "tvm.slice", bytes: bytesOf(item.cell) },
      };
    case "tuple":
      return { "@type": "tvm.stackEntryTuple", tuple: tupleOut(item.items) };
    default:
      return item satisfies { type: "null" };
  }
}
