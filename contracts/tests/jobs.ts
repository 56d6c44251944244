/**
 * Who orders, who computes and who judges: PINGO in two hands, a pool, an escrow and an account,
 * deployed and knowing their wallets. What tests of payments start from.
 */
import { createHash } from "node:crypto";
import { type Address, toNano } from "@ton/core";
import { sign } from "@ton/crypto";
import type { Blockchain, SandboxContract } from "@ton/sandbox";
import { JettonWallet } from "../../src/adapters/ton/wrappers/jetton.ts";
import {
  type AccountTerms,
  acceptance,
  Escrow,
  type JobTerms,
  Pool,
  type PoolTerms,
  PrepaidAccount,
  paymentVoucherCell,
  type VerifierSignature,
  verdictCell,
} from "../../src/adapters/ton/wrappers/payments.ts";
import type { ContractName } from "../build.ts";
import type { Person, Prices } from "./chain.ts";
import { pairs } from "./issuers.ts";
import { type CodeOf, openKept, type Plan, type Replaced } from "./kept-worlds.ts";
import { EPOCH, spendableToken, type Token, tokenAt, tokenContracts, walletOf } from "./token.ts";

export const PRICE = 1_000_003n;
export const BOND = 200_000n;
export const HOUR = 3600;
const ONE = toNano("1");
const NOTICE = toNano("0.3");

/** PINGO that each of the two has at the beginning. */
const PURSE = 1_000_000_000n;

export interface Market {
  readonly token: Token;
  /** Orders. */
  readonly client: Person;
  /** Computes, or provides. */
  readonly worker: Person;
  /** Pays for what anybody may ask. */
  readonly passer: Person;
  readonly governor: Person;
  readonly edges: Person;
  readonly treasury: Person;
  readonly pool: SandboxContract<Pool>;
  readonly code: CodeOf;
}

/** Every contract that knows the market's code; those of jobs come later. */
export const marketContracts: ReadonlyArray<ContractName> = [...tokenContracts, "payments/pool"];

export async function marketAt(chain: Blockchain, code: CodeOf): Promise<Market> {
  const token = await tokenAt(chain, code);
  const { alice: client, bob: worker, creator: passer, minter } = token;
  const [governor, edges, treasury] = await Promise.all(
    ["governor", "edges", "treasury"].map((name) => chain.treasury(name)),
  );
  const terms: PoolTerms = {
    governor: governor!.address,
    edges: edges!.address,
    treasury: treasury!.address,
    burnShare: 2000,
    treasuryShare: 2000,
  };
  const pool = chain.openContract(Pool.of(minter.address, terms, await code("payments/pool")));
  return {
    token,
    client,
    worker,
    passer,
    governor: governor!,
    edges: edges!,
    treasury: treasury!,
    pool,
    code,
  };
}

const marketPlan: Plan<Market> = {
  name: "market",
  contracts: marketContracts,
  below: spendableToken,
  at: marketAt,
  async build({ token, client, worker, passer, pool }) {
    await pool.sendDiscover(passer.getSender(), ONE);
    await pay(token, client, worker.address, PURSE);
  },
};

export function openMarket(prices: Prices = "old", replaced: Replaced = {}): Promise<Market> {
  return openKept(marketPlan, prices, replaced);
}

/** A transfer without a notification. */
async function pay(token: Token, from: Person, recipient: Address, amount: bigint) {
  const wallet = await walletOf(token, from.address);
  return wallet.sendTransfer(from.getSender(), {
    value: ONE,
    amount,
    recipient,
    excessesTo: from.address,
  });
}

/** A transfer that tells its receiver. */
export async function payIn(
  token: Token,
  options: {
    readonly from: Person;
    readonly to: Address;
    readonly amount: bigint;
    readonly accepts?: boolean;
    readonly notice?: bigint;
  },
) {
  const { from, to, amount, accepts = false, notice = NOTICE } = options;
  const wallet = await walletOf(token, from.address);
  return wallet.sendTransfer(from.getSender(), {
    value: ONE,
    amount,
    recipient: to,
    excessesTo: from.address,
    forwardValue: notice,
    ...(accepts ? { forwardPayload: acceptance } : {}),
  });
}

export async function pingoOf(token: Token, owner: Address): Promise<bigint> {
  const at = await token.minter.getWalletAddress(owner);
  return token.chain.openContract(new JettonWallet(at)).getBalance();
}

/** Three verifiers of whom two must agree. */
const judges = { threshold: 2, keys: pairs.slice(0, 3).map(({ publicKey }) => publicKey) };

function jobTerms(market: Market, change: Partial<JobTerms> = {}): JobTerms {
  return {
    client: market.client.address,
    worker: null,
    pool: market.pool.address,
    price: PRICE,
    bond: BOND,
    jobHash: createHash("sha256").update("job").digest(),
    acceptSeconds: HOUR,
    workSeconds: 2 * HOUR,
    judgeSeconds: 3 * HOUR,
    judges,
    ...change,
  };
}

export async function openEscrow(
  market: Market,
  change: Partial<JobTerms> = {},
): Promise<SandboxContract<Escrow>> {
  const { token, client, code } = market;
  const terms = jobTerms(market, change);
  const bare = Escrow.of(token.minter.address, terms, await code("payments/escrow"));
  const escrow = token.chain.openContract(bare);
  await escrow.sendDiscover(client.getSender(), ONE);
  return escrow;
}

export const resultHash = createHash("sha256").update("result").digest();

/** A verdict with the signatures of the verifiers by number. */
export function judged(
  escrow: Address,
  isGood: boolean,
  by: ReadonlyArray<number> = [0, 2],
  result: Buffer = resultHash,
) {
  const verdict = verdictCell({ escrow, resultHash: result, isGood });
  const signatures: ReadonlyArray<VerifierSignature> = by.map((verifier) => ({
    verifier,
    bytes: sign(verdict.hash(), pairs[verifier]!.secretKey),
  }));
  return { verdict, signatures };
}

/** An escrow that has come so far. */
export async function escrowIn(
  market: Market,
  state: "funded" | "accepted" | "submitted",
  change: Partial<JobTerms> = {},
): Promise<SandboxContract<Escrow>> {
  const escrow = await openEscrow(market, change);
  const { token, client, worker } = market;
  await payIn(token, { from: client, to: escrow.address, amount: PRICE });
  if (state === "funded") return escrow;
  await payIn(token, { from: worker, to: escrow.address, amount: BOND, accepts: true });
  if (state === "accepted") return escrow;
  await escrow.sendSubmit(worker.getSender(), { value: ONE, resultHash });
  return escrow;
}

const CLIENT_KEY = 4;

export async function openAccount(
  market: Market,
  change: Partial<AccountTerms> = {},
): Promise<SandboxContract<PrepaidAccount>> {
  const { token, client, worker, pool, code } = market;
  const terms: AccountTerms = {
    client: client.address,
    provider: worker.address,
    pool: pool.address,
    key: pairs[CLIENT_KEY]!.publicKey,
    delaySeconds: EPOCH,
    salt: 0n,
    ...change,
  };
  const bare = PrepaidAccount.of(token.minter.address, terms, await code("payments/account"));
  const account = token.chain.openContract(bare);
  await account.sendDiscover(client.getSender(), ONE);
  return account;
}

/** Signed by the client unless said otherwise. */
export function voucherFor(account: Address, cumulative: bigint, by = CLIENT_KEY) {
  const voucher = paymentVoucherCell(account, cumulative);
  return { voucher, signature: sign(voucher.hash(), pairs[by]!.secretKey) };
}
