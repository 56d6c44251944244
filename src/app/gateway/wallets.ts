/**
 * Wallets at the gateway: challenges, each good once for who asked; proofs, which are checked here;
 * and what the treasurer knows of a contributor's credential and claims.
 */
import { randomBytes } from "node:crypto";
import { refuse } from "../../adapters/http/problem.ts";
import type { Call, WalletService } from "../../adapters/http/service.ts";
import type { WalletProofGiven, WalletStatus } from "../../adapters/http/wallet-shapes.ts";
import { globalIdOf } from "../../adapters/ton/networks.ts";
import { type Address, address } from "../../kernel/address.ts";
import { MINUTE, SECOND } from "../../kernel/duration.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import type { Wallet } from "../../kernel/ports/chain.ts";
import { hexOf } from "../../policies/rewards/claims.ts";
import { proofOfWallet } from "../../policies/rewards/wallet-claims.ts";
import { type Guard, nowUs } from "./guard.ts";
import type { ChainHandle, NetworkHandle } from "./network-handle.ts";

const CHALLENGE_US = 5 * MINUTE;
/** Challenges that wait for an answer; the oldest gives way. */
const CHALLENGES_MOST = 4_096;
const CHALLENGE_BYTES = 32;

interface Challenge {
  readonly owner: Address;
  readonly untilUs: number;
}

interface Asked {
  readonly owner: Address;
  readonly chain: ChainHandle;
}

export class Wallets implements WalletService {
  private readonly network: NetworkHandle;
  private readonly guard: Guard;
  private readonly challenges = new Map<string, Challenge>();

  constructor(network: NetworkHandle, guard: Guard) {
    this.network = network;
    this.guard = guard;
  }

  readonly challenge: WalletService["challenge"] = async (call) => {
    const { owner, chain } = this.asked(call, "wallet.link");
    const payload = randomBytes(CHALLENGE_BYTES).toString("hex");
    const untilUs = nowUs() + CHALLENGE_US;
    const [oldest] = this.challenges.keys();
    if (this.challenges.size >= CHALLENGES_MOST && oldest !== undefined) {
      this.challenges.delete(oldest);
    }
    this.challenges.set(payload, { owner, untilUs });
    return { payload, domain: chain.domain, network: String(globalIdOf(chain.network)), untilUs };
  };

  readonly link: WalletService["link"] = async (call, given) => {
    const { owner, chain } = this.asked(call, "wallet.link");
    this.spend(given.proof.payload, owner);
    const wallet = await proven(given, chain);
    const objection = chain.objection(owner, wallet);
    if (objection !== undefined) throw refuse(409, "wallet-taken", objection);
    await chain.link(owner, wallet);
    await this.guard.done(call, "wallet.link", wallet);
    return statusOf(chain, owner);
  };

  readonly status: WalletService["status"] = async (call) => {
    const { owner, chain } = this.asked(call, "contributor.read");
    return statusOf(chain, owner);
  };

  readonly look: WalletService["look"] = async (call) => {
    const { owner, chain } = this.asked(call, "wallet.link");
    await chain.look(owner);
    return statusOf(chain, owner);
  };

  readonly claims: WalletService["claims"] = async (call) => {
    const { owner, chain } = this.asked(call, "contributor.read");
    const wallet = chain.wallet(owner)?.wallets.at(-1) ?? null;
    const roots = chain.roots().flatMap(({ epoch, root, claims }) => {
      const own = claims.find(([at]) => at === wallet);
      if (wallet === null || own === undefined) return [];
      const leaves = claims.map(([at, cumulative]) => ({ wallet: at, cumulative }));
      const proof = proofOfWallet(leaves, wallet).map(({ side, hash }) => {
        return { side, hash: hexOf(hash) };
      });
      return [{ epoch, root, cumulative: own[1], proof }];
    });
    return { wallet, roots };
  };

  private asked(call: Call, permission: "wallet.link" | "contributor.read"): Asked {
    this.guard.need(call, permission);
    const { chain } = this.network;
    if (chain === undefined) {
      const words = "this network has no chain; its operator adds `chain: {}` to network.yaml";
      throw refuse(404, "no-chain", words);
    }
    if (call.contributor === null) {
      const words = "this token speaks for no contributor; use one made with --contributor";
      throw refuse(403, "no-contributor", words);
    }
    return { owner: address("contributor", call.contributor), chain };
  }

  /** A challenge is gone with the first answer, right or wrong. */
  private spend(payload: string, owner: Address): void {
    const known = this.challenges.get(payload);
    this.challenges.delete(payload);
    if (known !== undefined && known.owner === owner && known.untilUs > nowUs()) return;
    const words = "this challenge was answered, is too old or is not yours; ask for a new one";
    throw refuse(422, "no-such-challenge", words, { field: "proof.payload" });
  }
}

/** The wallet whose key signed; the checker is loaded when the first proof comes. */
async function proven(given: WalletProofGiven, chain: ChainHandle): Promise<Wallet> {
  const { checkProof } = await import("../../adapters/ton/connect-proof.ts");
  const { payload } = given.proof;
  const nowSeconds = Math.floor(nowUs() / SECOND);
  const { network, domain } = chain;
  const result = checkProof(given, { network, domain, payload, nowSeconds });
  if (!result.ok) throw refuse(422, `proof-${result.reason}`, result.sentence, { field: "proof" });
  return result.address.toRawString() as Wallet;
}

function statusOf(chain: ChainHandle, owner: Address): WalletStatus {
  const known = chain.wallet(owner);
  const { look, voucher, move } = known ?? { look: null, voucher: null, move: null };
  return {
    wallet: known?.wallets.at(-1) ?? null,
    credential: look === null ? null : pick(look),
    required: chain.required,
    voucher: voucher === null ? null : message(voucher),
    move: move === null ? null : message(move),
    rewards: known?.cumulative ?? nanoPingo(0n),
  };
}

function pick({ state, tier, untilUs, seenUs }: NonNullable<WalletStatus["credential"]>) {
  return { state, tier, untilUs, seenUs };
}

function message({ to, value, body, untilUs }: NonNullable<WalletStatus["voucher"]>) {
  return { to, value, body, untilUs };
}
