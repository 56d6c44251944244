/** Reads the parameters of a request; what is wrong with one is said with its name. */
import { Address, Cell } from "@ton/core";
import { RpcError } from "./rpc-error.ts";

export type Params = Readonly<Record<string, unknown>>;

function wrong(name: string, what: string): RpcError {
  return new RpcError(422, `${name} must be ${what}`);
}

export function addressIn(params: Params, name = "address"): Address {
  const given = params[name];
  if (typeof given === "string") {
    try {
      return Address.parse(given);
    } catch {
      // said below, as when there is none
    }
  }
  throw wrong(name, "an address such as EQC… or 0:83df…; look for a character that is missing");
}

/** A whole number; JSON has them as numbers, query strings as text. */
export function wholeIn(params: Params, name: string, otherwise?: number): number {
  const given = params[name] ?? otherwise;
  const number = typeof given === "string" && /^-?\d{1,15}$/.test(given) ? Number(given) : given;
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw wrong(name, "a whole number");
}

/** A logical time: longer than JSON's numbers are exact. */
export function bigIn(params: Params, name: string): bigint | undefined {
  const given = params[name];
  if (given === undefined || given === null || given === "") return undefined;
  if (typeof given === "string" && /^\d{1,20}$/.test(given)) return BigInt(given);
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 0) return BigInt(given);
  throw wrong(name, "a whole number, best as text");
}

/** A hash as hexadecimal digits or as base64 of either kind. */
export function hashIn(params: Params, name: string): Buffer | undefined {
  const given = params[name];
  if (given === undefined || given === null || given === "") return undefined;
  if (typeof given === "string") {
    const isHex = /^[0-9a-fA-F]{64}$/.test(given);
    const bytes = Buffer.from(given, isHex ? "hex" : "base64");
    if (bytes.length === 32) return bytes;
  }
  throw wrong(name, "a hash of 32 bytes, hexadecimal or base64");
}

export function bytesIn(params: Params, name: string): Buffer {
  const given = params[name];
  if (typeof given === "string" && /^[A-Za-z0-9+/_-]+={0,2}$/.test(given)) {
    return Buffer.from(given, "base64");
  }
  throw wrong(name, "a bag of cells in base64");
}

/** Undefined for what is left out or empty, as clients send it. */
export function cellIn(params: Params, name: string): Cell | undefined {
  const given = params[name];
  if (given === undefined || given === null || given === "") return undefined;
  return cellOf(bytesIn(params, name), name);
}

export function cellOf(bytes: Buffer, name: string): Cell {
  try {
    const [cell, ...more] = Cell.fromBoc(bytes);
    if (cell !== undefined && more.length === 0) return cell;
  } catch {
    // said below, as for several roots
  }
  throw wrong(name, "a bag of cells with one root, in base64");
}
