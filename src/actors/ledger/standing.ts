/**
 * The gate: how verified and wrong results move an account's standing, and who may reserve. Only
 * the ledger decides; what others know of a standing are copies.
 */
import type { Address } from "../../kernel/address.ts";
import { type Command, send, startTimer } from "../../kernel/command.ts";
import { inVcu, type NanoVcu, nanoVcu } from "../../kernel/credit.ts";
import type { Limits } from "../../kernel/limits.ts";
import type { RefusalReason, StandingChanged } from "../contributor/messages.ts";
import type { ReserveRefused } from "../job/messages.ts";
import { type Account, changedAccount, debtLimit, type Evidence } from "./account.ts";
import type { TermEnded } from "./messages.ts";
import type { Moment } from "./rewards.ts";

/** Wrong results that an account remembers as evidence against it. */
const EVIDENCE_KEPT = 16;

/** One more verified result; enough of them end probation, and a lapsed badge is valid again. */
export function withValidResult(account: Account, { limits }: Moment): Account {
  const counted = changedAccount(account, { validResults: account.validResults + 1 });
  const passed = counted.state === "probation" && hasPassed(counted, limits);
  return passed || counted.credential === "lapsed" ? admitted(counted) : counted;
}

function admitted(account: Account): Account {
  const sequence = account.sequence + 1;
  return changedAccount(account, { state: "active", credential: "valid", sequence });
}

function hasPassed({ validResults, proven }: Account, limits: Limits): boolean {
  return validResults >= limits.probationResults && proven >= probationWork(limits);
}

function probationWork(limits: Limits): NanoVcu {
  return nanoVcu(BigInt(limits.probationMilliVcu) * 1_000_000n);
}

/** One more wrong result with its evidence, unless that task counts already. */
export function withWrongResult(account: Account, found: Evidence, moment: Moment): Account {
  const known = account.evidence.find(({ task }) => task === found.task);
  const isProof = found.verifier !== null;
  if (known !== undefined && (!isProof || known.verifier !== null)) return account;
  const others = account.evidence.filter((one) => one !== known);
  const counted = changedAccount(account, {
    wrongResults: account.wrongResults + (known === undefined ? 1 : 0),
    slashes: account.slashes + (isProof ? 1 : 0),
    evidence: [...others, found].slice(-EVIDENCE_KEPT),
  });
  return warnedOrSuspended(counted, moment);
}

/** Several wrong results and more than a fifth of all, or several proofs, suspend. */
function mustBeSuspended(account: Account, limits: Limits): boolean {
  return wrongLeft(account, limits) === 0 || account.slashes >= limits.suspendAfterSlashes;
}

/** Further wrong results until suspension, if no valid ones come between. */
function wrongLeft({ wrongResults, validResults }: Account, limits: Limits): number {
  // 5 (wrong + n) > wrong + n + valid
  const toFifth = Math.floor(validResults / 4) + 1 - wrongResults;
  return Math.max(0, limits.suspendAfterWrong - wrongResults, toFifth);
}

function warnedOrSuspended(account: Account, { atUs, limits }: Moment): Account {
  const mayFall = account.state === "probation" || account.state === "active";
  const warned = account.warned || account.wrongResults >= limits.warnAfterWrong;
  if (mayFall && mustBeSuspended(account, limits)) {
    return changedAccount(account, {
      warned,
      state: "suspended",
      credential: "none",
      suspendedUntilUs: atUs + limits.suspensionUs,
      appealed: false,
      sequence: account.sequence + 1,
    });
  }
  if (warned === account.warned) return account;
  return changedAccount(account, { warned, sequence: account.sequence + 1 });
}

/** An appeal showed that the result was right: it never was evidence. */
export function withoutEvidence(account: Account, gone: Evidence, { limits }: Moment): Account {
  const wrongResults = account.wrongResults - 1;
  const cleaner = changedAccount(account, {
    wrongResults,
    slashes: account.slashes - (gone.verifier === null ? 0 : 1),
    evidence: account.evidence.filter((one) => one !== gone),
    warned: account.warned && wrongResults >= limits.warnAfterWrong,
  });
  if (cleaner.state !== "suspended" || mustBeSuspended(cleaner, limits)) return cleaner;
  return hasPassed(cleaner, limits)
    ? admitted(cleaner)
    : changedAccount(cleaner, { state: "probation", sequence: cleaner.sequence + 1 });
}

/** A suspension is over: what was done before counts neither for nor against its owner. */
export function recovered(account: Account, { gate }: Moment): Account {
  const isMember = gate === "account";
  return changedAccount(account, {
    state: isMember ? "active" : "probation",
    credential: isMember ? "valid" : "none",
    proven: nanoVcu(0n),
    validResults: 0,
    wrongResults: 0,
    slashes: 0,
    warned: false,
    evidence: [],
    sequence: account.sequence + 1,
  });
}

/** The badge shows that its owner has done nothing for long; the next reward renews it. */
export function lapsed(account: Account): Account {
  return changedAccount(account, { credential: "lapsed", sequence: account.sequence + 1 });
}

/** Whom to tell of a change of standing, and which terms begin with it. */
export function newsOf(
  owner: Address,
  before: Account,
  after: Account,
  { limits }: Pick<Moment, "limits">,
): ReadonlyArray<Command> {
  const commands: Array<Command> = [];
  if (after.sequence !== before.sequence) commands.push(standingNews(owner, after, limits));
  if (after.state === "suspended" && before.state !== "suspended") {
    commands.push(termOf(owner, "suspension", limits.suspensionUs));
  }
  if (after.credential === "valid" && before.credential !== "valid") {
    commands.push(termOf(owner, "credential", limits.credentialLapseUs));
  }
  return commands;
}

/** The ledger's own reminder, at most one per account and kind. */
export function termOf(owner: Address, term: TermEnded["term"], delayUs: number): Command {
  const message: TermEnded = { type: "TermEnded", owner, term };
  return startTimer(`${term}/${owner}`, delayUs, message);
}

/** Tells the owner how it stands now. */
export function standingNews(owner: Address, account: Account, limits: Limits): Command {
  const { sequence, state, credential, balance, earned, validResults, wrongResults } = account;
  const message: StandingChanged = {
    type: "StandingChanged",
    sequence,
    state,
    credential,
    rule: account.warned ? ruleOfSuspension(account, limits) : ruleOfProbation(account, limits),
    wrongLeft: wrongLeft(account, limits),
    balance,
    earned,
    validResults,
    wrongResults,
    evidence: account.evidence.map(({ task }) => task),
  };
  return send(owner, message);
}

function ruleOfProbation({ validResults, proven }: Account, limits: Limits): string {
  return (
    `probation ends at ${limits.probationResults} verified results and ` +
    `${inVcu(probationWork(limits))} of verified work; ` +
    `this account has ${validResults} and ${inVcu(proven)}`
  );
}

function ruleOfSuspension(account: Account, limits: Limits): string {
  const { wrongResults, validResults, slashes, evidence } = account;
  return (
    `${limits.suspendAfterWrong} wrong results and more than a fifth of all suspend, and so do ` +
    `${limits.suspendAfterSlashes} proofs of cheating; this account has ${wrongResults} of ` +
    `${wrongResults + validResults} and ${slashes} proofs: ` +
    evidence.map(({ task }) => task).join(", ")
  );
}

type Refusal = Omit<typeof ReserveRefused.Type, "type">;

/** Why this account may not reserve `need`; undefined when it may. */
export function refusalOf(
  requester: Address,
  account: Account | undefined,
  need: NanoVcu,
  { limits, gate }: Pick<Moment, "limits" | "gate">,
): Refusal | undefined {
  if (account === undefined) {
    const rule = `only contributors may use the network; ${requester} has no account`;
    return { reason: "not-a-contributor", rule, have: nanoVcu(0n), need };
  }
  const refuse = (reason: RefusalReason, rule: string): Refusal => {
    return { reason, rule, have: account.balance, need };
  };
  switch (account.state) {
    case "probation": {
      if (account.proven > 0n) return refuse("in-probation", ruleOfProbation(account, limits));
      const rule = "who has no verified work gets no service; 0 VCU of this account's are verified";
      return refuse("no-verified-work", rule);
    }
    case "suspended":
      return refuse("suspended", ruleOfSuspension(account, limits));
    case "revoked":
      return refuse("revoked", `this account's rights ended: ${ruleOfSuspension(account, limits)}`);
    case "active":
      return gate === "account" ? undefined : wantOfCredit(account, need, limits);
  }
}

/** Zero verified work buys nothing, not even for nothing. */
function wantOfCredit(account: Account, need: NanoVcu, limits: Limits): Refusal | undefined {
  const { balance, earned, uncleared } = account;
  if (earned + uncleared === 0n) {
    const rule = "who has no verified work gets no service; what there was of it was burned";
    return { reason: "no-verified-work", rule, have: balance, need };
  }
  const debt = debtLimit(account, limits);
  if (balance + debt >= need) return undefined;
  const rule =
    `a job's whole price goes into escrow; it needs ${inVcu(need)}, the account has ` +
    `${inVcu(balance)} and may owe ${inVcu(debt)}: at most ${limits.debtHours} hours of its own ` +
    `rate and ${limits.debtPercent} % of its verified work`;
  return { reason: "insufficient-credit", rule, have: balance, need };
}
