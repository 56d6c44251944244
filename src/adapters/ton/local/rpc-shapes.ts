/**
 * Blocks, accounts, transactions and messages in the form of toncenter's second API, which the
 * usual clients read. What a client does not show is there too: some check for it.
 */
import { createHash } from "node:crypto";
import {
  Address,
  beginCell,
  type Cell,
  loadMessage,
  loadTransaction,
  type ShardAccount,
  type StateInit,
  storeStateInit,
  type Transaction,
} from "@ton/core";
import type { LocalChain } from "./local-chain.ts";
import { messagesOf } from "./transaction-messages.ts";

/** The one shard of a workchain. */
export const SHARD = "-9223372036854775808";
const base64 = (cell: Cell | null | undefined) => cell?.toBoc().toString("base64") ?? "";

export function blockId(chain: LocalChain, workchain: number, seqno: number) {
  const hash = (what: string) =>
    createHash("sha256").update(`${chain.id} ${workchain} ${seqno} ${what}`).digest("base64");
  return {
    "@type": "ton.blockIdExt",
    workchain,
    shard: SHARD,
    seqno,
    root_hash: hash("root"),
    file_hash: hash("file"),
  };
}

function transactionId(lt: bigint, hash: Buffer) {
  return {
    "@type": "internal.transactionId",
    lt: lt.toString(),
    hash: hash.toString("base64"),
  };
}

const states = { active: "active", uninit: "uninitialized", frozen: "frozen" } as const;

/** What all methods about an account tell of it. */
export function accountParts(chain: LocalChain, address: Address) {
  const shard = chain.account(address)?.shard;
  const storage = shard?.account?.storage;
  const state = storage?.state;
  const active = state?.type === "active" ? state.state : undefined;
  return {
    balance: (storage?.balance.coins ?? 0n).toString(),
    state: states[state?.type ?? "uninit"],
    code: base64(active?.code),
    data: base64(active?.data),
    frozen_hash: frozenHash(state),
    last_transaction_id: transactionId(shard?.lastTransactionLt ?? 0n, lastHash(shard)),
    block_id: blockId(chain, -1, chain.seqno),
    sync_utime: chain.now(),
  };
}

function lastHash(shard: ShardAccount | undefined): Buffer {
  const hash = shard?.lastTransactionHash ?? 0n;
  return Buffer.from(hash.toString(16).padStart(64, "0"), "hex");
}

type State = NonNullable<ShardAccount["account"]>["storage"]["state"];

function frozenHash(state: State | undefined): string {
  if (state?.type !== "frozen") return "";
  return Buffer.from(state.stateHash.toString(16).padStart(64, "0"), "hex").toString("base64");
}

export function transactionOut(cell: Cell) {
  const transaction = loadTransaction(cell.beginParse());
  const { received, sent } = messagesOf(cell);
  const fee = transaction.totalFees.coins;
  const rent = rentOf(transaction);
  const account = new Address(0, bytesOf(transaction.address));
  return {
    "@type": "raw.transaction",
    address: { "@type": "accountAddress", account_address: workchainOf(received, account) },
    utime: transaction.now,
    data: base64(cell),
    transaction_id: transactionId(transaction.lt, cell.hash()),
    fee: fee.toString(),
    storage_fee: rent.toString(),
    other_fee: (fee - rent).toString(),
    ...(received === undefined ? {} : { in_msg: messageOut(received) }),
    out_msgs: sent.map(messageOut),
  };
}

/** A transaction knows its account's hash; the workchain stands in the message. */
function workchainOf(received: Cell | undefined, account: Address): string {
  const dest = received === undefined ? undefined : loadMessage(received.beginParse()).info.dest;
  return (Address.isAddress(dest) ? dest : account).toString();
}

const bytesOf = (hash: bigint) => Buffer.from(hash.toString(16).padStart(64, "0"), "hex");

export function rentOf({ description }: Transaction): bigint {
  if (description.type !== "generic") return 0n;
  return description.storagePhase?.storageFeesCollected ?? 0n;
}

function messageOut(cell: Cell) {
  const { info, body, init } = loadMessage(cell.beginParse());
  const { data, message } = dataOut(body, init);
  const isInternal = info.type === "internal";
  const name = (at: unknown) => (Address.isAddress(at) ? at.toString() : "");
  return {
    "@type": "raw.message",
    hash: cell.hash().toString("base64"),
    source: name(info.src),
    destination: name(info.dest),
    value: isInternal ? info.value.coins.toString() : "0",
    extra_currencies: [],
    fwd_fee: isInternal ? info.forwardFee.toString() : "0",
    ihr_fee: isInternal ? info.ihrFee.toString() : "0",
    created_lt: info.type === "external-in" ? "0" : info.createdLt.toString(),
    body_hash: body.hash().toString("base64"),
    msg_data: data,
    message,
  };
}

const COMMENT = 0;

/** Comments as text, everything else as cells; `message` is the same for people. */
function dataOut(body: Cell, init: StateInit | null | undefined) {
  const slice = body.beginParse();
  if (slice.remainingBits >= 32 && slice.loadUint(32) === COMMENT) {
    const bytes = textBytes(slice.asCell());
    if (bytes !== undefined) {
      const data = { "@type": "msg.dataText", text: bytes.toString("base64") };
      return { data, message: bytes.toString("utf8") };
    }
  }
  const state =
    init === null || init === undefined
      ? ""
      : base64(beginCell().store(storeStateInit(init)).endCell());
  const message = base64(body);
  return { data: { "@type": "msg.dataRaw", body: message, init_state: state }, message };
}

/** The bytes of a text that goes on in the cells below; undefined when it is none. */
function textBytes(first: Cell): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let cell: Cell | undefined = first; cell !== undefined; cell = cell.refs[0]) {
    if (cell.bits.length % 8 !== 0 || cell.refs.length > 1) return undefined;
    parts.push(cell.beginParse().loadBuffer(cell.bits.length / 8));
  }
  return Buffer.concat(parts);
}
