/**
 * `pingo chain claim`: PINGO that a wallet has earned, by the proof that the network shows. What a
 * contract would refuse is said before anything is sent.
 */
import type { Address } from "@ton/core";
import { Schema } from "effect";
import { distributorFor } from "../../adapters/ton/deployment.ts";
import { claimValue, wordValue } from "../../adapters/ton/message-values.ts";
import { wordCell } from "../../adapters/ton/wrappers/client.ts";
import { ClaimRecord, Distributor } from "../../adapters/ton/wrappers/distributor.ts";
import { JettonWallet, Minter } from "../../adapters/ton/wrappers/jetton.ts";
import { isUnder } from "../../policies/rewards/claims.ts";
import { readText } from "../files.ts";
import { asked } from "../job/asked.ts";
import { CommandError, type Exit } from "../outcome.ts";
import { act, type Desk, type Here } from "./act.ts";
import type { ChainFlags } from "./hand.ts";
import { inPingo } from "./plan-text.ts";

const ACTIVATE = 0x6a784d90;
const Side = Schema.Literal("left", "right");

/** As the gateway shows them; a file of one of them does, too. */
const RootClaim = Schema.Struct({
  epoch: Schema.Int,
  root: Schema.String,
  cumulative: Schema.BigInt,
  proof: Schema.Array(Schema.Struct({ side: Side, hash: Schema.String })),
});
type RootClaim = typeof RootClaim.Type;

export interface RewardFlags extends ChainFlags {
  readonly proof?: string;
  readonly url?: string;
}

export function claimRewards(flags: RewardFlags): Promise<Exit> {
  return act(flags, async (desk) => {
    const claims = await claimsFor(flags);
    const at = distributorFor(desk.deployment, desk.wallet);
    const rewards = desk.open(new Distributor(at));
    const data = await rewards.getData();
    const isRipe = data.pendingEpoch > 0 && (await desk.now()) >= data.claimableAt;
    const root = isRipe ? data.pendingRoot : data.root;
    const claim = claims.find((each) => BigInt(`0x${each.root}`) === root);
    if (claim === undefined) throw otherRoot(claims, data, isRipe);
    const proof = claim.proof.map(({ side, hash }) => ({ side, hash: Buffer.from(hash, "hex") }));
    const leaf = { workchain: 0, hash: desk.wallet.hash, cumulative: claim.cumulative };
    if (!isUnder(Buffer.from(claim.root, "hex"), leaf, proof)) {
      throw bad("the proof is not this wallet's; sign with that wallet's key by --key-file");
    }
    const record = desk.open(new ClaimRecord(await rewards.getRecordAddress(desk.wallet)));
    const claimed = await record.getClaimed();
    const due = claim.cumulative - claimed;
    if (due <= 0n) {
      const all = `All of ${inPingo(claimed)} PINGO up to epoch ${claim.epoch}`;
      const json = { sent: false, claimed, epoch: claim.epoch };
      return { nothing: { json, lines: [`${all} was claimed before: nothing was sent.`] } };
    }
    const cap = isRipe ? undefined : data.cap;
    if (cap !== undefined && data.paid + due > cap) {
      throw bad(
        `the root's cap leaves ${inPingo(cap - data.paid)} PINGO and ${inPingo(due)} are due; ` +
          "claim under a later root",
      );
    }
    const activation = {
      what: `put epoch ${data.pendingEpoch} in force`,
      message: { to: at, value: wordValue(desk.prices), body: wordCell(ACTIVATE) },
    };
    const body = Distributor.claimBody({ cumulative: claim.cumulative, proof });
    return {
      what: `claim ${inPingo(due)} PINGO`,
      first: isRipe ? [activation] : [],
      message: { to: at, value: claimValue(desk.prices, proof.length), body },
      after: async () => {
        if (!(await desk.becomes(async () => (await record.getClaimed()) >= claim.cumulative))) {
          throw bad("the claim was sent and nothing was paid; the coins came back, claim again");
        }
        const balance = await pingoOf(desk, desk.wallet);
        const json = { sent: true, paid: due, claimed: claim.cumulative, balance };
        const words = `Paid ${inPingo(due)} PINGO; the wallet has ${inPingo(balance)}.`;
        return { json, lines: [words] };
      },
    };
  });
}

export async function pingoOf(here: Here | Desk, owner: Address): Promise<bigint> {
  const minter = here.open(new Minter(here.deployment.contracts.minter));
  return here.open(new JettonWallet(await minter.getWalletAddress(owner))).getBalance();
}

const bad = (message: string) => new CommandError(message, { code: "claim", field: "proof" });

function otherRoot(
  claims: ReadonlyArray<RootClaim>,
  data: { readonly epoch: number; readonly pendingEpoch: number; readonly claimableAt: number },
  isRipe: boolean,
): CommandError {
  if (claims.length === 0) {
    return bad(
      "the network has no claim of yours; it has one when the next epoch with work closes: hand " +
        "in a job, or wait for others",
    );
  }
  const epoch = isRipe ? data.pendingEpoch : data.epoch;
  const shown = claims.map((each) => each.epoch).join(", ");
  if (!isRipe && data.pendingEpoch > 0 && claims.some((each) => each.epoch === data.pendingEpoch)) {
    const when = new Date(data.claimableAt * 1_000).toISOString();
    return bad(
      `the root of epoch ${data.pendingEpoch} can be claimed from ${when} on; come back then`,
    );
  }
  if (epoch === 0) return bad("no root is in force yet; come back when the first was published");
  return bad(
    `the proof is of epoch ${shown}, and the root in force is of epoch ${epoch}; fetch a new proof`,
  );
}

async function claimsFor({ proof: file, url }: RewardFlags): Promise<ReadonlyArray<RootClaim>> {
  if (file === undefined) {
    const shown = await asked(url === undefined ? {} : { url }, (pingo) => pingo.claims());
    return shown.roots;
  }
  const text = readText(file, "the proof");
  const form = Schema.Union(Schema.Struct({ roots: Schema.Array(RootClaim) }), RootClaim);
  const parsed = Schema.decodeUnknownEither(Schema.parseJson(form))(text);
  if (parsed._tag === "Left") {
    throw bad(`${file} is no proof; it is JSON with epoch, root, cumulative and proof`);
  }
  return "roots" in parsed.right ? parsed.right.roots : [parsed.right];
}
