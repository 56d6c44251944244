/**
 * Who waits for a job anyway is spared refusals that pass by themselves: in probation, and while
 * the contributor's machines earn what a job costs.
 */
import type { ContributorStatus } from "../../adapters/http/shapes.ts";
import { inVcu } from "../../kernel/credit.ts";
import type { JobStatus, PinGo } from "../client/pingo.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note } from "../terminal/print.ts";
import { Progress, waitText } from "../terminal/progress.ts";

const ASK_EVERY_MS = 1_000;
const HEARD_AFTER_TRIES = 3;
const BUSY_AFTER_MS = 60_000;
/** Machines earn for ten minutes after a refusal; the next one has them go on. */
const ANOTHER_TRY_MS = 540_000;

/** Waits while the contributor is in probation; false when the user no longer wants to. */
export async function waitForStanding(pingo: PinGo, contributor?: string): Promise<boolean> {
  const id = contributor ?? (await pingo.me()).contributor;
  if (id === null || !newcomers.has((await pingo.contributor(id)).state)) return true;
  note(`Contributor ${id} is in probation: its machine earns its first credit before it may ask.`);
  return waitWhile(pingo, id, ({ state, validResults }, waitedMs) =>
    newcomers.has(state)
      ? `${state}, ${validResults} verified results, ${waitText(waitedMs)}`
      : undefined,
  );
}

const newcomers: ReadonlySet<string> = new Set(["applicant", "probation"]);

/**
 * After a refusal: what to do with the job. "again": there may be enough credit now; "over": it
 * stays refused; "interrupted": the user no longer wants to wait.
 */
export async function waitForCredit(
  pingo: PinGo,
  { id: job, contributor: id, state, reason, price }: JobStatus,
): Promise<"again" | "over" | "interrupted"> {
  if (state !== "refused" || !reason.startsWith("insufficient-credit")) return "over";
  const first = await onceEarning(pingo, id);
  if (first === undefined) return "over";
  const least = purchasing(first);
  note(
    `Job ${job} costs ${inVcu(price)}, and ${id} can pay ${inVcu(least)}, debt included: its ` +
      "machine earns the rest with public work, then the job is handed in again.",
  );
  const asked = await waitWhile(pingo, id, (now, waitedMs) => {
    const has = purchasing(now);
    if (has >= price || !now.earning || waitedMs > ANOTHER_TRY_MS) return undefined;
    return `${inVcu(has)} of ${inVcu(price)}${leftText({ least, has, price }, waitedMs)}`;
  });
  return asked ? "again" : "interrupted";
}

/** The refusal may be seen here before the contributor has heard of it. */
async function onceEarning(pingo: PinGo, id: string): Promise<ContributorStatus | undefined> {
  for (let tries = 0; tries < HEARD_AFTER_TRIES; tries++) {
    const status = await pingo.contributor(id);
    if (status.earning) return status;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return undefined;
}

/** Why nothing happens, where that is the reason: machines whose owners use them earn nothing. */
async function pausedText(pingo: PinGo, id: string): Promise<string> {
  const own = (await pingo.nodes()).filter(({ owner }) => owner === id);
  const isPaused = own.length > 0 && own.every(({ state }) => state === "paused");
  return isPaused ? `; ${own[0]?.id} is paused: other programs come first` : "";
}

function purchasing({ balance, mayOwe }: ContributorStatus): bigint {
  return balance + mayOwe;
}

/** At the rate so far. */
function leftText(
  { least, has, price }: { readonly least: bigint; readonly has: bigint; readonly price: bigint },
  waitedMs: number,
): string {
  const gained = Number(has - least);
  if (gained <= 0) return `, ${waitText(waitedMs)} so far`;
  return `, about ${waitText((waitedMs * Number(price - has)) / gained)} left`;
}

/** Shows what `look` says until it says nothing; false when the user no longer wants to wait. */
async function waitWhile(
  pingo: PinGo,
  id: string,
  look: (status: ContributorStatus, waitedMs: number) => string | undefined,
): Promise<boolean> {
  const interrupt = new Interrupt();
  const progress = new Progress();
  const sinceMs = performance.now();
  let told = false;
  try {
    while (!interrupt.asked) {
      const status = await pingo.contributor(id);
      const waitedMs = performance.now() - sinceMs;
      const text = look(status, waitedMs);
      if (text === undefined) return true;
      if (waitedMs > BUSY_AFTER_MS && !told) {
        told = true;
        progress.clear();
        note("Nodes run behind your other programs: on a machine that is busy this takes longer.");
      }
      const still = await pausedText(pingo, id);
      progress.tick(() => `${text}${still}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    return false;
  } finally {
    progress.clear();
  }
}
