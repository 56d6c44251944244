/**
 * The steps of a newcomer's first day, each of which asks first what there is: taken again, after a
 * kill or another day, it does what is left to do. Between them are the moments at which a test of
 * nerves kills the network, and what is sent is sent by commands that such a test kills as well.
 */

import { knownDeployment } from "../../src/adapters/ton/deployment.ts";
import { assertBooks, type Books, booksOf } from "./books.ts";
import type { Newcomer, Shown } from "./newcomer.ts";

export interface Fate {
  /** Something is done now that must never be lost. */
  readonly moment: (name: string) => Promise<void>;
  /** Runs a command that sends messages to its end, perhaps after deaths. */
  readonly command: (...args: ReadonlyArray<string>) => Promise<Shown>;
  /** Lets the chain's next epoch end; where nobody hurries, it is waited for. */
  readonly hurry: () => Promise<void>;
}

export type Step = readonly [name: string, does: (me: Newcomer, fate: Fate) => Promise<string>];

/** The job's price may be a little more than what was earned until then. */
const JOB_TRIES = 20;
const JOB_PAUSE_MS = 3_000;

export const steps: ReadonlyArray<Step> = [
  ["a chain with contracts", contracts],
  ["a job before anything was given", refusedJob],
  ["a wallet of one's own", linkedWallet],
  ["probation", earnedVoucher],
  ["the credential on chain", claimedCredential],
  ["the same job", doneJob],
  ["the reward", paidReward],
  ["the books", evenBooks],
];

async function contracts(me: Newcomer, { moment, hurry }: Fate): Promise<string> {
  const known = async () => knownDeployment(me.folder);
  await me.until("a deployment that is begun", known);
  await moment("contracts are being deployed");
  const whole = async () => ((await known())?.isComplete === true ? known() : undefined);
  const { contracts: all } = await me.until("the contracts", whole);
  // a root of rewards can be posted when an epoch of the chain has ended
  await hurry();
  return `${Object.keys(all).length} of them, and what pays rewards`;
}

async function refusedJob(me: Newcomer, { moment }: Fate): Promise<string> {
  const { state, reason } = await me.pingo.wait(await me.submit("too-early"));
  if (state !== "refused") throw new Error(`the job should be refused and is ${state}`);
  await moment("the job was refused");
  return `refused: ${reason}`;
}

async function linkedWallet(me: Newcomer, { moment }: Fate): Promise<string> {
  const linked = async () => (await me.pingo.wallet()).wallet ?? undefined;
  if ((await linked()) === undefined) {
    const { error } = await me.run(["chain", "credential", "link"]);
    if (error !== undefined) throw new Error(error.message);
  }
  await moment("the wallet was linked");
  return `linked: ${await me.until("the linked wallet", linked)}`;
}

async function earnedVoucher(me: Newcomer, { moment }: Fate): Promise<string> {
  const voucher = async () => {
    const { voucher: made, credential } = await me.pingo.wallet();
    if (credential?.state === "valid") return "presented already";
    if (made === null) return undefined;
    return `good until ${new Date(made.untilUs / 1_000).toISOString()}`;
  };
  await me.until("a voucher", voucher);
  await moment("a voucher was issued");
  return `verified work earned a voucher, ${await me.until("the voucher", voucher)}`;
}

async function claimedCredential(me: Newcomer, { moment, command }: Fate): Promise<string> {
  const claimed = await command("chain", "credential", "claim");
  await moment("the credential was made");
  const again = await command("chain", "credential", "claim");
  if (again.sent !== false) throw new Error("a voucher was presented twice");
  await me.until("the network to see the credential", async () => {
    const { credential } = await me.pingo.lookAtWallet();
    return credential?.state === "valid" ? true : undefined;
  });
  await moment("the network saw the credential");
  return `${claimed.state}; the same voucher once more sends nothing`;
}

async function doneJob(me: Newcomer, { moment }: Fate): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const key = `in-time-${attempt}`;
    const id = await me.submit(key);
    await moment("the job was handed in");
    if ((await me.submit(key)) !== id) throw new Error("one key became two jobs");
    const { state, reason } = await me.pingo.wait(id);
    await moment(`the job was ${state}`);
    if (state === "settled") return `${state}, every result verified`;
    if (state !== "refused" || attempt === JOB_TRIES) throw new Error(`it is ${state}: ${reason}`);
    await new Promise((next) => setTimeout(next, JOB_PAUSE_MS));
  }
}

async function paidReward(me: Newcomer, { moment, command, hurry }: Fate): Promise<string> {
  await me.until("a root with a claim", async () => (await me.pingo.claims()).roots.at(-1));
  await moment("a root was posted");
  const paid = await me.until("a claim that pays", async () => {
    await hurry();
    const shown = await command("chain", "claim");
    if (shown.claimed === undefined) throw new Error(shown.error?.message);
    return shown;
  });
  await moment("the reward was paid");
  const again = await command("chain", "claim");
  // what is due by then was earned in a later epoch
  if (again.sent === true && again.claimed === paid.claimed) {
    throw new Error("the same reward was paid twice");
  }
  return `${inPingo(again.claimed ?? paid.claimed)} PINGO`;
}

const inPingo = (nano: string | undefined) => Number(nano ?? "0") / 1e9;

async function evenBooks(me: Newcomer): Promise<string> {
  const books: Books = await booksOf(me);
  assertBooks(books);
  const { claims, grants, balance } = books;
  const amount = inPingo(String(balance));
  return `${grants} credential, ${claims.length} claims, ${amount} PINGO in the wallet`;
}
