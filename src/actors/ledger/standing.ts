/** How verified and wrong results move an account's standing. */
import type { Address } from "../../kernel/address.ts";
import { type Command, send } from "../../kernel/command.ts";
import { inVcu, type NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Limits } from "../../kernel/limits.ts";
import type { RefusalReason, StandingChanged } from "../contributor/messages.ts";
import type { ReserveRefused } from "../job/messages.ts";
import { type Account, changedAccount } from "./books.ts";

/** Tasks that an account remembers as evidence against it. */
const EVIDENCE_KEPT = 16;
const noEvidence: ReadonlyArray<string> = [];

export const newAccount: Account = {
  balance: nanoVcu(0n),
  earned: nanoVcu(0n),
  validResults: 0,
  wrongResults: 0,
  state: "probation",
  sequence: 1,
  warned: false,
  evidence: noEvidence,
};

/** One more verified result; enough of them end probation. */
export function withValidResult(account: Account, pay: NanoVcu, limits: Limits): Account {
  const earned = nanoVcu(account.earned + pay);
  const validResults = account.validResults + 1;
  const passed =
    account.state === "probation" &&
    validResults >= limits.probationResults &&
    earned >= probationWork(limits);
  return passed
    ? changedAccount(account, {
        earned,
        validResults,
        state: "active",
        sequence: account.sequence + 1,
      })
    : changedAccount(account, { earned, validResults });
}

/** One more wrong result, with the task as evidence; some warn, more suspend. */
export function withWrongResult(account: Account, task: string, limits: Limits): Account {
  const wrongResults = account.wrongResults + 1;
  const evidence = [...account.evidence, task].slice(-EVIDENCE_KEPT);
  const mayFall = account.state === "probation" || account.state === "active";
  const falls =
    mayFall &&
    wrongResults >= limits.suspendAfterWrong &&
    wrongResults * 5 > wrongResults + account.validResults;
  const warned = account.warned || wrongResults >= limits.warnAfterWrong;
  return changedAccount(account, {
    wrongResults,
    evidence,
    warned,
    state: falls ? "suspended" : account.state,
    sequence: falls || warned !== account.warned ? account.sequence + 1 : account.sequence,
  });
}

/** Tells the owner how it stands now. */
export function standingNews(owner: Address, account: Account): Command {
  const { sequence, state, balance, earned, validResults, wrongResults, evidence } = account;
  const message: StandingChanged = {
    type: "StandingChanged",
    sequence,
    state,
    credential: state === "active" ? "valid" : "none",
    rule: "",
    wrongLeft: 0,
    balance,
    earned,
    validResults,
    wrongResults,
    evidence,
  };
  return send(owner, message);
}

function probationWork(limits: Limits): NanoVcu {
  return nanoVcu(BigInt(limits.probationMilliVcu) * 1_000_000n);
}

type Refusal = Omit<typeof ReserveRefused.Type, "type">;

/** Why this account may not reserve `need`; undefined when it may. */
export function refusalOf(
  requester: Address,
  account: Account | undefined,
  need: NanoVcu,
  limits: Limits,
): Refusal | undefined {
  if (account === undefined) {
    const rule = `only contributors may use the network; ${requester} has no account`;
    return { reason: "not-a-contributor", rule, have: nanoVcu(0n), need };
  }
  const refuse = (reason: RefusalReason, rule: string): Refusal => {
    return { reason, rule, have: account.balance, need };
  };
  const { balance, earned, validResults, wrongResults } = account;
  if (earned === 0n) {
    const rule = "who has no verified work gets no service; 0 VCU of this account's are verified";
    return refuse("no-verified-work", rule);
  }
  switch (account.state) {
    case "probation":
      return refuse(
        "in-probation",
        `probation ends at ${limits.probationResults} verified results and ` +
          `${inVcu(probationWork(limits))} of verified work; ` +
          `this account has ${validResults} and ${inVcu(earned)}`,
      );
    case "suspended":
      return refuse(
        "suspended",
        `${limits.suspendAfterWrong} wrong results and more than a fifth of all suspend; ` +
          `this account has ${wrongResults} of ${wrongResults + validResults}: ` +
          account.evidence.join(", "),
      );
    case "revoked":
      return refuse("revoked", `this account's rights ended: ${account.evidence.join(", ")}`);
    case "active":
      return balance < need
        ? refuse(
            "insufficient-credit",
            `a job's whole price goes into escrow; it needs ${inVcu(need)}, ` +
              `the account has ${inVcu(balance)}`,
          )
        : undefined;
  }
}
