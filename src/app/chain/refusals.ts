/** What a contract's refusal means, in a sentence that says what to do. The coins came back. */
import type { Transaction } from "@ton/core";
import { exitCodes } from "../../adapters/ton/wrappers/errors.ts";

type Refusal = keyof typeof exitCodes;

const sentences: Partial<Record<Refusal, string>> = {
  NOT_OWNER: "this wallet is not the one that may do this; sign with the owner's key",
  NOT_ENOUGH_VALUE: "too few coins came along for all messages; the network's prices have risen",
  NOT_ENOUGH_BALANCE: "the wallet has not so much PINGO; name a smaller amount",
  ALREADY_DISTRIBUTED: "the supply was distributed already, which can be done once",
  VESTING_TOO_SHORT: "a vesting would begin too soon; a plan lasts a week, begin a new one",
  NOTHING_VESTED: "nothing has vested since the last release; come back later",
  NOT_FUNDED: "the contract has no PINGO yet; wait for the distribution",
  WRONG_EPOCH: "the epoch has not ended, or a later one is in force",
  OVER_EMISSION: "the cap passes what an epoch may emit",
  PENDING_EXISTS: "another root is waiting for its delay; come back when it is over",
  NOTHING_PENDING: "no root is waiting",
  TOO_EARLY: "the delay is not over yet; come back later",
  NOT_IN_ROOT: "the proof does not belong to the root in force; fetch a new proof and claim again",
  WRONG_SHARD: "another distributor pays this wallet",
  OVER_CAP: "the root's cap is used up; the rest can be claimed under a later root",
  BAD_SIGNATURE: "the voucher is not signed by the issuers in force; ask for a new one",
  VOUCHER_EXPIRED: "the voucher has expired; ask for a new one",
  OTHER_COLLECTION: "the voucher belongs to another network's collection",
  OTHER_CLAIMANT: "the voucher was made for another wallet; sign with that wallet's key",
  WRONG_STATE: "the escrow is in another state; look at pingo chain escrow status",
  NOT_WORKER: "another worker accepted this job",
  OTHER_CONTRACT: "the verdict is about another escrow",
  OTHER_RESULT: "the verdict is about another result than the one that was submitted",
  TOO_FEW_SIGNATURES: "too few verifiers signed the verdict",
  TOO_LATE: "its time is over; anybody may send pingo chain escrow expire now",
  CONTENT_TOO_LARGE: "the picture and texts are too large; keep the picture below four KiB",
  BAD_CONTENT: "a jetton needs a supply, a name, a symbol and a picture",
};

const names = new Map(
  Object.entries(exitCodes).map(([name, code]) => [code as number, name as Refusal]),
);

/** Undefined where the receiver took the message. */
export function refusalIn({ description }: Transaction): string | undefined {
  if (description.type !== "generic" || !description.aborted) return undefined;
  const { computePhase: phase } = description;
  // coins for a contract that is not there yet: they stay or come back, nothing ran
  if (phase.type === "skipped") {
    return phase.reason === "no-gas" ? "too few coins came along to run the contract" : undefined;
  }
  const name = names.get(phase.exitCode);
  if (name === undefined) return `the contract refused with exit code ${phase.exitCode}`;
  return sentences[name] ?? `the contract refused (${name.toLowerCase().replaceAll("_", " ")})`;
}
