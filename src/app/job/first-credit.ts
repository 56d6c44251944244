/**
 * A newcomer's first minute: who waits for a job anyway is spared a refusal that passes by itself.
 */
import type { PinGo } from "../client/pingo.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note } from "../terminal/print.ts";
import { Progress, waitText } from "../terminal/progress.ts";

const ASK_EVERY_MS = 1_000;
const BUSY_AFTER_MS = 60_000;

/** Waits while the contributor is in probation; false when the user no longer wants to. */
export async function waitForStanding(pingo: PinGo, contributor?: string): Promise<boolean> {
  const id = contributor ?? (await pingo.me()).contributor;
  if (id === null || !(await isNew(pingo, id))) return true;
  note(`Contributor ${id} is in probation: its machine earns its first credit before it may ask.`);
  const interrupt = new Interrupt();
  const progress = new Progress();
  const sinceMs = performance.now();
  let told = false;
  try {
    while (!interrupt.asked) {
      const { state, validResults } = await pingo.contributor(id);
      if (!newcomers.has(state)) return true;
      const waitedMs = performance.now() - sinceMs;
      if (waitedMs > BUSY_AFTER_MS && !told) {
        told = true;
        progress.clear();
        note("Nodes run at idle priority: on a machine that is busy otherwise this takes long.");
      }
      const waited = waitText(waitedMs);
      progress.tick(() => `${state}, ${validResults} verified results, ${waited}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
    return false;
  } finally {
    progress.clear();
  }
}

const newcomers: ReadonlySet<string> = new Set(["applicant", "probation"]);

async function isNew(pingo: PinGo, id: string): Promise<boolean> {
  const { state } = await pingo.contributor(id);
  return newcomers.has(state);
}
