/** The methods of toncenter's second API over a local chain: parameters in, result out. */
import {
  type Address,
  beginCell,
  Cell,
  Dictionary,
  external,
  getMethodId,
  loadMessage,
  loadTransaction,
  storeMessage,
} from "@ton/core";
import { type Found, type LocalChain, LT_STEP } from "./local-chain.ts";
import { LocalChainError } from "./local-chain-error.ts";
import { RpcError } from "./rpc-error.ts";
import { addressIn, bigIn, bytesIn, cellIn, hashIn, type Params, wholeIn } from "./rpc-params.ts";
import { accountParts, blockId, rentOf, SHARD, transactionOut } from "./rpc-shapes.ts";
import { stackIn, stackOut } from "./rpc-stack.ts";
import { messagesOf } from "./transaction-messages.ts";

type Method = (chain: LocalChain, params: Params) => unknown;

const SHOWN = 10;
/** As public ones have it, and one more: clients ask again for the one that they go on from. */
const MOST_SHOWN = 101;
/** What a validator answers about an account without code. */
const NO_CODE = -13;
const ROOT_SHARD = new Set([SHARD, "8000000000000000", "9223372036854775808"]);

export const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["getAddressInformation", getAddressInformation],
  ["getExtendedAddressInformation", getExtendedAddressInformation],
  ["getWalletInformation", getWalletInformation],
  ["getAddressBalance", (chain, params) => accountParts(chain, addressIn(params)).balance],
  ["getAddressState", (chain, params) => accountParts(chain, addressIn(params)).state],
  ["runGetMethod", runGetMethod],
  ["sendBoc", sendBoc],
  ["sendBocReturnHash", sendBocReturnHash],
  ["estimateFee", estimateFee],
  ["getTransactions", getTransactions],
  ["tryLocateTx", tryLocateResultTx],
  ["tryLocateResultTx", tryLocateResultTx],
  ["tryLocateSourceTx", tryLocateSourceTx],
  ["getMasterchainInfo", getMasterchainInfo],
  ["shards", shards],
  ["getBlockTransactions", getBlockTransactions],
  ["getConfigParam", getConfigParam],
]);

function getAddressInformation(chain: LocalChain, params: Params) {
  const parts = accountParts(chain, addressIn(params));
  return { "@type": "raw.fullAccountState", extra_currencies: [], ...parts };
}

function getExtendedAddressInformation(chain: LocalChain, params: Params) {
  const address = addressIn(params);
  const { state, code, data, frozen_hash, ...parts } = accountParts(chain, address);
  const account_state =
    state === "active"
      ? { "@type": "raw.accountState", code, data, frozen_hash }
      : { "@type": "uninited.accountState", frozen_hash };
  return {
    "@type": "fullAccountState",
    address: { "@type": "accountAddress", account_address: address.toString() },
    ...parts,
    account_state,
    revision: 0,
  };
}

async function getWalletInformation(chain: LocalChain, params: Params) {
  const address = addressIn(params);
  const { balance, state, last_transaction_id } = accountParts(chain, address);
  const answer = await chain.ask(address, getMethodId("seqno"), []);
  const seqno = answer?.exitCode === 0 ? answer.stack[0] : undefined;
  return {
    wallet: seqno?.type === "int",
    balance,
    account_state: state,
    ...(seqno?.type === "int" ? { seqno: Number(seqno.value) } : {}),
    last_transaction_id,
  };
}

async function runGetMethod(chain: LocalChain, params: Params) {
  const address = addressIn(params);
  const stack = stackIn(params.stack);
  const answer = await chain.ask(address, methodIdIn(params), stack);
  return {
    "@type": "smc.runResult",
    gas_used: answer?.gasUsed ?? 0,
    stack: stackOut(answer?.stack ?? []),
    exit_code: answer?.exitCode ?? NO_CODE,
    block_id: blockId(chain, -1, chain.seqno),
    last_transaction_id: accountParts(chain, address).last_transaction_id,
  };
}

function methodIdIn({ method }: Params): number {
  if (typeof method === "number" && Number.isSafeInteger(method)) return method;
  if (typeof method === "string" && method !== "") {
    return /^\d+$/.test(method) ? Number(method) : getMethodId(method);
  }
  throw new RpcError(422, "method must be the name or the number of a get-method");
}

async function sendBoc(chain: LocalChain, params: Params) {
  await accepted(chain, bytesIn(params, "boc"));
  return { "@type": "ok" };
}

/** The first words are those of the public chains: clients look for them. */
async function accepted(chain: LocalChain, boc: Uint8Array): Promise<void> {
  try {
    await chain.send(boc);
  } catch (error) {
    if (!(error instanceof LocalChainError) || error.reason !== "unaccepted") throw error;
    const words = "cannot apply external message to current state";
    throw new RpcError(500, `LITE_SERVER_UNKNOWN: ${words} : ${error.message}`);
  }
}

async function sendBocReturnHash(chain: LocalChain, params: Params) {
  const boc = bytesIn(params, "boc");
  await accepted(chain, boc);
  const [cell = Cell.EMPTY] = Cell.fromBoc(boc);
  const hash = cell.hash().toString("base64");
  return { "@type": "raw.extMessageInfo", hash, hash_norm: normalHash(cell) };
}

/** The same however a wallet chose to lay the message out (TEP-467). */
function normalHash(cell: Cell): string {
  const { info, body } = loadMessage(cell.beginParse());
  if (info.type !== "external-in") return cell.hash().toString("base64");
  const normal = { ...external({ to: info.dest, body }) };
  return beginCell()
    .store(storeMessage(normal, { forceRef: true }))
    .endCell()
    .hash()
    .toString("base64");
}

async function estimateFee(chain: LocalChain, params: Params) {
  const to = addressIn(params);
  const body = cellIn(params, "body");
  if (body === undefined) throw new RpcError(422, "body must be a bag of cells in base64");
  const [code, data] = [cellIn(params, "init_code"), cellIn(params, "init_data")];
  const init = code === undefined && data === undefined ? undefined : { code, data };
  const message = external({
    to,
    body,
    ...(init === undefined ? {} : { init: withoutGaps(init) }),
  });
  const cell = await chain.estimate(message, params.ignore_chksig !== false);
  return {
    "@type": "query.fees",
    source_fees: feesOf(cell),
    destination_fees: [],
  };
}

function withoutGaps({ code, data }: { code: Cell | undefined; data: Cell | undefined }) {
  return { code: code ?? null, data: data ?? null };
}

function feesOf(cell: Cell) {
  const transaction = loadTransaction(cell.beginParse());
  const { description, totalFees } = transaction;
  const generic = description.type === "generic" ? description : undefined;
  const gas = generic?.computePhase.type === "vm" ? generic.computePhase.gasFees : 0n;
  const rent = rentOf(transaction);
  const action = generic?.actionPhase?.totalActionFees ?? 0n;
  return {
    "@type": "fees",
    in_fwd_fee: Number(totalFees.coins - gas - rent - action),
    storage_fee: Number(rent),
    gas_fee: Number(gas),
    fwd_fee: Number(generic?.actionPhase?.totalFwdFees ?? 0n),
  };
}

function getTransactions(chain: LocalChain, params: Params) {
  const address = addressIn(params);
  const limit = wholeIn(params, "limit", SHOWN);
  if (limit < 1 || limit > MOST_SHOWN) {
    throw new RpcError(422, `limit must be from 1 to ${MOST_SHOWN}; go on from lt and hash`);
  }
  const toLt = bigIn(params, "to_lt") ?? 0n;
  const found: unknown[] = [];
  for (const { number, boc } of historyOf(chain, startOf(chain, address, params))) {
    if (found.length === limit || LT_STEP * BigInt(number) <= toLt) break;
    found.push(transactionOut(cellOf(boc)));
  }
  return found;
}

/** The newest transaction of the account, or the one that a cursor names. */
function startOf(chain: LocalChain, address: Address, params: Params): number {
  const [lt, hash] = [bigIn(params, "lt"), hashIn(params, "hash")];
  if ((lt === undefined) !== (hash === undefined)) {
    throw new RpcError(422, "lt and hash belong together; give both or none");
  }
  if (lt === undefined || hash === undefined) return chain.account(address)?.last ?? 0;
  const number = Number(lt / LT_STEP);
  const boc = lt % LT_STEP === 0n ? chain.transaction(number)?.boc : undefined;
  if (boc !== undefined) {
    const cell = cellOf(boc);
    if (cell.hash().equals(hash) && isAt(cell, address)) return number;
  }
  const words = "cannot locate transaction in block with specified logical time";
  throw new RpcError(500, `LITE_SERVER_UNKNOWN: ${words} ${lt}; take lt and hash of one answer`);
}

function* historyOf(chain: LocalChain, newest: number): Generator<Found> {
  let found = chain.transaction(newest);
  while (found !== undefined) {
    yield found;
    found = chain.transaction(found.before);
  }
}

const cellOf = (boc: Uint8Array) => Cell.fromBoc(Buffer.from(boc))[0] as Cell;

function isAt(transaction: Cell, address: Address): boolean {
  const { received } = messagesOf(transaction);
  if (received === undefined) return false;
  const { dest } = loadMessage(received.beginParse()).info;
  return dest?.toString() === address.toString();
}

interface Way {
  readonly source: Address;
  readonly destination: Address;
  readonly lt: bigint;
}

function wayIn(params: Params): Way {
  const lt = bigIn(params, "created_lt");
  if (lt === undefined) throw new RpcError(422, "created_lt must be that of the message");
  return {
    source: addressIn(params, "source"),
    destination: addressIn(params, "destination"),
    lt,
  };
}

/** A message's time lies just behind that of its sender's transaction, which so has its number. */
const senderOf = ({ lt }: Way) => Number(lt / LT_STEP);

function isMeant(message: Cell, { source, destination, lt }: Way): boolean {
  const { info } = loadMessage(message.beginParse());
  if (info.type !== "internal" || info.createdLt !== lt) return false;
  return info.src.equals(source) && info.dest.equals(destination);
}

function tryLocateSourceTx(chain: LocalChain, params: Params) {
  const way = wayIn(params);
  const boc = chain.transaction(senderOf(way))?.boc;
  const cell = boc === undefined ? undefined : cellOf(boc);
  const isIt = cell !== undefined && messagesOf(cell).sent.some((sent) => isMeant(sent, way));
  if (isIt) return transactionOut(cell);
  throw notLocated();
}

/** What a message sets off is in its block. */
function tryLocateResultTx(chain: LocalChain, params: Params) {
  const way = wayIn(params);
  const block = chain.blockOf(senderOf(way));
  const end = block === undefined ? 0 : block.first + block.count;
  for (let number = senderOf(way) + 1; number < end; number++) {
    const cell = cellOf(chain.transaction(number)?.boc ?? new Uint8Array());
    const { received } = messagesOf(cell);
    if (received !== undefined && isMeant(received, way)) return transactionOut(cell);
  }
  throw notLocated();
}

function notLocated(): RpcError {
  return new RpcError(404, "no transaction has this message; check source, destination and lt");
}

function getMasterchainInfo(chain: LocalChain) {
  return {
    "@type": "blocks.masterchainInfo",
    last: blockId(chain, -1, chain.seqno),
    state_root_hash: blockId(chain, -1, chain.seqno).root_hash,
    init: blockId(chain, -1, 0),
  };
}

function seqnoIn(chain: LocalChain, params: Params): number {
  const seqno = wholeIn(params, "seqno");
  if (seqno >= 0 && seqno <= chain.seqno) return seqno;
  throw new RpcError(404, `there is no block ${seqno}; the newest is ${chain.seqno}`);
}

function shards(chain: LocalChain, params: Params) {
  return { "@type": "blocks.shards", shards: [blockId(chain, 0, seqnoIn(chain, params))] };
}

function getBlockTransactions(chain: LocalChain, params: Params) {
  const workchain = wholeIn(params, "workchain");
  if (!ROOT_SHARD.has(String(params.shard))) {
    throw new RpcError(404, `there is one shard, ${SHARD}`);
  }
  const seqno = seqnoIn(chain, params);
  const block = chain.block(seqno);
  const transactions: unknown[] = [];
  for (let i = 0; i < (block?.count ?? 0); i++) {
    const cell = cellOf(chain.transaction((block?.first ?? 0) + i)?.boc ?? new Uint8Array());
    const short = shortOf(cell);
    if (short.account.startsWith(`${workchain}:`)) transactions.push(short);
  }
  const id = blockId(chain, workchain, seqno);
  return {
    "@type": "blocks.transactions",
    id,
    req_count: transactions.length,
    incomplete: false,
    transactions,
  };
}

function shortOf(cell: Cell) {
  const { lt } = loadTransaction(cell.beginParse());
  const { received } = messagesOf(cell);
  const dest = received === undefined ? undefined : loadMessage(received.beginParse()).info.dest;
  return {
    "@type": "blocks.shortTxId",
    mode: 135,
    account: (dest as Address | undefined)?.toRawString() ?? "",
    lt: lt.toString(),
    hash: cell.hash().toString("base64"),
  };
}

function getConfigParam(chain: LocalChain, params: Params) {
  const id = wholeIn(params, params.config_id === undefined ? "param" : "config_id");
  const dictionary = Dictionary.loadDirect(
    Dictionary.Keys.Int(32),
    Dictionary.Values.Cell(),
    Cell.fromBase64(chain.config),
  );
  const found = dictionary.get(id);
  if (found === undefined) throw new RpcError(404, `the network has no parameter ${id}`);
  return {
    "@type": "configInfo",
    config: { "@type": "tvm.cell", bytes: found.toBoc().toString("base64") },
  };
}
