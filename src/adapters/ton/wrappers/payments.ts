/**
 * What escrows, accounts and the pool have in common: how they learn of their wallet, and the
 * messages that anybody may send. Amounts are nano-PINGO, times Unix seconds.
 */
import {
  type Address,
  beginCell,
  type Cell,
  type ContractProvider,
  Dictionary,
  type Sender,
} from "@ton/core";
import { InitialClient, wordCell } from "./client.ts";

const words = { discover: 0x6d1a20b4, expire: 0x0c5f61d9, collect: 0x53b8e417, share: 0x4fe2079d };
const clientWords = { requestWithdrawal: 0x7a03c94e, withdraw: 0x3c61f5b8 };

abstract class WithWallet extends InitialClient {
  /** Deploys the contract and has it ask the minter for its wallet. */
  async sendDiscover(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.discover) });
  }

  async sendCollect(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.collect) });
  }
}

/** Verifiers by public key; `threshold` of them must agree. */
export interface Judges {
  readonly threshold: number;
  readonly keys: ReadonlyArray<Buffer>;
}

export interface JobTerms {
  readonly client: Address;
  readonly worker: Address | null;
  readonly pool: Address;
  readonly price: bigint;
  readonly bond: bigint;
  /** Of the demand, with a salt: no two jobs have the same. */
  readonly jobHash: Buffer;
  readonly acceptSeconds: number;
  readonly workSeconds: number;
  readonly judgeSeconds: number;
  readonly judges: Judges;
}

const KEY_BITS = 256;

function judgesCell({ threshold, keys }: Judges): Cell {
  const table = Dictionary.empty(Dictionary.Keys.Uint(8), Dictionary.Values.BigUint(KEY_BITS));
  for (const [n, key] of keys.entries()) table.set(n, BigInt(`0x${key.toString("hex")}`));
  return beginCell().storeUint(threshold, 8).storeUint(keys.length, 8).storeDict(table).endCell();
}

function jobTermsCell(terms: JobTerms): Cell {
  const details = beginCell()
    .storeBuffer(terms.jobHash, 32)
    .storeUint(terms.acceptSeconds, 32)
    .storeUint(terms.workSeconds, 32)
    .storeUint(terms.judgeSeconds, 32)
    .storeRef(judgesCell(terms.judges))
    .endCell();
  return beginCell()
    .storeAddress(terms.client)
    .storeAddress(terms.worker)
    .storeAddress(terms.pool)
    .storeUint(terms.price, 64)
    .storeUint(terms.bond, 64)
    .storeRef(details)
    .endCell();
}

export interface VerdictOptions {
  readonly escrow: Address;
  readonly resultHash: Buffer;
  readonly isGood: boolean;
}

/** What verifiers sign the hash of. */
export function verdictCell({ escrow, resultHash, isGood }: VerdictOptions): Cell {
  return beginCell()
    .storeUint(0x56445431, 32)
    .storeAddress(escrow)
    .storeBuffer(resultHash, 32)
    .storeBit(isGood)
    .endCell();
}

/** By a verifier's place among the judges. */
export interface VerifierSignature {
  readonly verifier: number;
  readonly bytes: Buffer;
}

function signaturesCell(signatures: ReadonlyArray<VerifierSignature>): Cell {
  let first: Cell | null = null;
  const sorted = [...signatures].sort((a, b) => b.verifier - a.verifier);
  for (const { verifier, bytes } of sorted) {
    const cell = beginCell().storeUint(verifier, 8).storeBuffer(bytes, 64).storeMaybeRef(first);
    first = cell.endCell();
  }
  if (first === null) throw new Error("a verdict needs the signature of a verifier");
  return first;
}

/** What a worker sends along with its bond: without it the bond comes back. */
export const acceptance = beginCell().storeUint(0x61636370, 32).endCell();

const states = ["awaiting", "funded", "accepted", "submitted", "done"] as const;

export class Escrow extends WithWallet {
  static of(minter: Address, terms: JobTerms, code: Cell): Escrow {
    return Escrow.withTerms(minter, jobTermsCell(terms), code);
  }

  /** Of terms that are a cell already. */
  static withTerms(minter: Address, terms: Cell, code: Cell): Escrow {
    const data = beginCell()
      .storeAddress(minter)
      .storeAddress(null)
      .storeUint(0, 8)
      .storeUint(0, 32)
      .storeMaybeRef(null)
      .storeMaybeRef(null)
      .storeRef(terms)
      .endCell();
    return new Escrow(code, data);
  }

  static judgeBody(verdict: Cell, signatures: ReadonlyArray<VerifierSignature>): Cell {
    return beginCell()
      .storeUint(0x2e90d3c5, 32)
      .storeUint(0, 64)
      .storeRef(verdict)
      .storeRef(signaturesCell(signatures))
      .endCell();
  }

  async sendSubmit(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly resultHash: Buffer },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x41c7a8e2, 32)
      .storeUint(0, 64)
      .storeBuffer(options.resultHash, 32)
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async sendJudge(
    provider: ContractProvider,
    via: Sender,
    options: {
      readonly value: bigint;
      readonly verdict: Cell;
      readonly signatures: ReadonlyArray<VerifierSignature>;
    },
  ): Promise<void> {
    const body = Escrow.judgeBody(options.verdict, options.signatures);
    await provider.internal(via, { value: options.value, body });
  }

  async sendExpire(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.expire) });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_escrow_data", []);
    return {
      state: states[stack.readNumber()] ?? "awaiting",
      deadline: stack.readNumber(),
      wallet: stack.readAddressOpt(),
      worker: stack.readAddressOpt(),
      resultHash: stack.readBigNumber(),
      owed: {
        client: stack.readBigNumber(),
        worker: stack.readBigNumber(),
        pool: stack.readBigNumber(),
      },
    };
  }
}

export interface AccountTerms {
  readonly client: Address;
  readonly provider: Address;
  readonly pool: Address;
  /** The client's public key. */
  readonly key: Buffer;
  readonly delaySeconds: number;
  readonly salt: bigint;
}

/** What a client signs the hash of; all that it ever owes, not what is new. */
export function paymentVoucherCell(account: Address, cumulative: bigint): Cell {
  return beginCell()
    .storeUint(0x56434831, 32)
    .storeAddress(account)
    .storeUint(cumulative, 64)
    .endCell();
}

export class PrepaidAccount extends WithWallet {
  static of(minter: Address, terms: AccountTerms, code: Cell): PrepaidAccount {
    const signing = beginCell()
      .storeBuffer(terms.key, 32)
      .storeUint(terms.delaySeconds, 32)
      .storeUint(terms.salt, 64)
      .endCell();
    const inner = beginCell()
      .storeAddress(terms.client)
      .storeAddress(terms.provider)
      .storeAddress(terms.pool)
      .storeRef(signing)
      .endCell();
    const data = beginCell()
      .storeAddress(minter)
      .storeAddress(null)
      .storeUint(0, 64)
      .storeUint(0, 64)
      .storeUint(0, 32)
      .storeMaybeRef(null)
      .storeRef(inner)
      .endCell();
    return new PrepaidAccount(code, data);
  }

  static redeemBody(voucher: Cell, signature: Buffer): Cell {
    return beginCell()
      .storeUint(0x18f2b6a3, 32)
      .storeUint(0, 64)
      .storeBuffer(signature, 64)
      .storeRef(voucher)
      .endCell();
  }

  async sendRedeem(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly voucher: Cell; readonly signature: Buffer },
  ): Promise<void> {
    const body = PrepaidAccount.redeemBody(options.voucher, options.signature);
    await provider.internal(via, { value: options.value, body });
  }

  async sendRequestWithdrawal(
    provider: ContractProvider,
    via: Sender,
    value: bigint,
  ): Promise<void> {
    await provider.internal(via, { value, body: wordCell(clientWords.requestWithdrawal) });
  }

  async sendWithdraw(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(clientWords.withdraw) });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_account_data", []);
    return {
      wallet: stack.readAddressOpt(),
      balance: stack.readBigNumber(),
      redeemed: stack.readBigNumber(),
      withdrawableAt: stack.readNumber(),
      owed: {
        client: stack.readBigNumber(),
        provider: stack.readBigNumber(),
        pool: stack.readBigNumber(),
      },
    };
  }
}

export interface PoolTerms {
  readonly governor: Address;
  readonly edges: Address;
  readonly treasury: Address;
  /** Ten-thousandths of what gathers; the edges have the rest. */
  readonly burnShare: number;
  readonly treasuryShare: number;
}

export class Pool extends WithWallet {
  static of(minter: Address, terms: PoolTerms, code: Cell): Pool {
    const inner = beginCell()
      .storeAddress(terms.governor)
      .storeAddress(terms.edges)
      .storeAddress(terms.treasury)
      .endCell();
    const data = beginCell()
      .storeAddress(minter)
      .storeAddress(null)
      .storeUint(0, 64)
      .storeUint(terms.burnShare, 16)
      .storeUint(terms.treasuryShare, 16)
      .storeRef(inner)
      .endCell();
    return new Pool(code, data);
  }

  async sendShare(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    await provider.internal(via, { value, body: wordCell(words.share) });
  }

  async getData(provider: ContractProvider) {
    const { stack } = await provider.get("get_pool_data", []);
    return {
      wallet: stack.readAddressOpt(),
      balance: stack.readBigNumber(),
      burnShare: stack.readNumber(),
      treasuryShare: stack.readNumber(),
    };
  }
}
