/**
 * What a local chain writes down. The log has what came from outside, and when; everything else
 * follows by running it again. Each record also says what came of it, so that a virtual machine
 * that computes otherwise is noticed instead of believed.
 */
import { Either, Schema } from "effect";
import { LocalChainError } from "./local-chain-error.ts";

const outcome = {
  /** Unix time of the block, seconds. */
  now: Schema.Int,
  /** How many transactions it has, and the hash of the last. */
  count: Schema.Int,
  hash: Schema.String,
};

const Born = Schema.Struct({
  type: Schema.Literal("Born"),
  now: Schema.Int,
  /** Tells this chain from others; block hashes are made from it. */
  id: Schema.String,
  /** The network's parameters, a bag of cells: kept, so that prices stay when PinGo is renewed. */
  config: Schema.String,
});
const Sent = Schema.Struct({ type: Schema.Literal("Sent"), boc: Schema.String, ...outcome });
const Given = Schema.Struct({
  type: Schema.Literal("Given"),
  to: Schema.String,
  amount: Schema.String,
  ...outcome,
});
const TimeSet = Schema.Struct({
  type: Schema.Literal("TimeSet"),
  now: Schema.Int,
  /** Seconds that the chain is ahead of the machine's clock. */
  ahead: Schema.Int,
});

const ChainRecord = Schema.Union(Born, Sent, Given, TimeSet);
export type ChainRecord = typeof ChainRecord.Type;

export const Account = Schema.Struct({
  /** The account as a bag of cells, base64. */
  boc: Schema.String,
  /** Number of its newest transaction. */
  last: Schema.Int,
});
export type Account = typeof Account.Type;

const ChainSnapshot = Schema.Struct({
  version: Schema.Literal(1),
  id: Schema.String,
  config: Schema.String,
  now: Schema.Int,
  ahead: Schema.Int,
  lengths: Schema.Struct({
    blocks: Schema.Int,
    transactions: Schema.Int,
    bytes: Schema.Int,
  }),
  accounts: Schema.Record({ key: Schema.String, value: Account }),
});
export type ChainSnapshot = typeof ChainSnapshot.Type;

const decodeRecord = Schema.decodeUnknownEither(Schema.parseJson(ChainRecord));
const decodeSnapshot = Schema.decodeUnknownEither(Schema.parseJson(ChainSnapshot));

export function parseRecord(text: string): ChainRecord {
  const record = decodeRecord(text);
  if (Either.isRight(record)) return record.right;
  throw new LocalChainError("corrupt", `${AS_OTHERS}: ${text.slice(0, 80)}; ${ADVICE}`);
}

export function parseSnapshot(text: string): ChainSnapshot {
  const snapshot = decodeSnapshot(text);
  if (Either.isRight(snapshot)) return snapshot.right;
  throw new LocalChainError("corrupt", `${AS_OTHERS}; ${ADVICE}`);
}

const AS_OTHERS = "the chain's folder holds what this version of PinGo does not write";
export const ADVICE = "use the version that wrote it, or start a new chain in another folder";
