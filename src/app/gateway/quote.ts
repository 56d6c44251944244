/** What work would cost before it is handed in, in credit and at the posted rate in PINGO. */

import { refuse } from "../../adapters/http/problem.ts";
import type { Slice } from "../../adapters/http/shapes.ts";
import {
  inVcu,
  MFLOP_PER_VCU,
  type NanoVcu,
  nanoVcu,
  priceOf,
  SLOT_MIB,
} from "../../kernel/credit.ts";
import { formatDuration, HOUR, parseDuration } from "../../kernel/duration.ts";
import type { TrainingWork } from "../../live/work.ts";
import type { PlannedJob } from "./planner.ts";

export interface Sized {
  readonly tasks: number;
  readonly mflop: number;
  readonly memoryMib: number;
  readonly price: NanoVcu;
  readonly rule: string;
}

function sizeOfWork(mflops: ReadonlyArray<number>, memoryMib: number): Sized {
  const price = nanoVcu(mflops.reduce((sum, mflop) => sum + priceOf(mflop, memoryMib), 0n));
  const mflop = mflops.reduce((sum, each) => sum + each, 0);
  const slots = Math.max(1, memoryMib / SLOT_MIB);
  const rule =
    `each task is charged once by its metered operations: ` +
    `${mflops.length} tasks of ${mflop} MFLOP ` +
    `together, ${MFLOP_PER_VCU} MFLOP a VCU, times ${slots.toFixed(2)} for ${memoryMib} MiB of ` +
    `memory (${SLOT_MIB} MiB belong to a slot): ${inVcu(price)}; results that verify others are ` +
    "paid by the network";
  return { tasks: mflops.length, mflop, memoryMib, price, rule };
}

/** A training run is charged for the steps that its workers do: at most all of them. */
function sizeOfTraining(run: TrainingWork): Sized {
  const { rounds, workers, steps, stepMflop, memoryMib } = run;
  const each = steps * stepMflop;
  const price = nanoVcu(priceOf(each) * BigInt(rounds) * BigInt(workers));
  const mflop = rounds * workers * each;
  const rule =
    `a training run is charged for the steps whose updates came, at most ${rounds} rounds of ` +
    `${workers} workers with ${steps} steps of ${stepMflop} MFLOP: ${mflop} MFLOP together, ` +
    `${MFLOP_PER_VCU} MFLOP a VCU: ${inVcu(price)}`;
  return { tasks: rounds, mflop, memoryMib, price, rule };
}

/** Of what was planned. */
export function sizeOfPlan({ work, training }: PlannedJob): Sized {
  if (training !== undefined) return sizeOfTraining(training);
  return sizeOfWork(
    work.tasks.map(({ mflop }) => mflop),
    work.memoryMib,
  );
}

const MILLI = 1_000;

/** A slice is charged by its dominant resource: cores, or memory in slots of 2048 MiB. */
export function sizeOfSlice({ cores, memoryMib, for: length }: Slice): Sized {
  const us = parseDuration(length);
  if (us === undefined || us <= 0) {
    throw refuse(
      422,
      "bad-slice",
      `slice.for is "${length}"; give a time such as "30min" or "6h"`,
      {
        field: "slice.for",
      },
    );
  }
  const milliCores = Math.round(cores * MILLI);
  const milliSlots = Math.ceil((memoryMib * MILLI) / SLOT_MIB);
  const dominant = Math.max(milliCores, milliSlots);
  const mflop = Math.ceil((milliCores * MFLOP_PER_VCU * us) / (MILLI * HOUR));
  const amount = (BigInt(dominant) * 1_000_000n * BigInt(us)) / BigInt(HOUR);
  if (!Number.isSafeInteger(mflop)) {
    throw refuse(422, "bad-slice", "the slice is larger than any network; ask for less", {
      field: "slice",
    });
  }
  const price = nanoVcu(amount);
  const why =
    milliSlots > milliCores
      ? `memory decides: ${memoryMib} MiB are ${(milliSlots / MILLI).toFixed(3)} slots`
      : `cores decide: ${(milliCores / MILLI).toFixed(3)} cores`;
  const rule =
    `a core for an hour is 1 VCU and a slot has ${SLOT_MIB} MiB; ${why}, for ` +
    `${formatDuration(us)}: ${inVcu(price)}`;
  return { tasks: 1, mflop, memoryMib, price, rule };
}

const NANO = 1_000_000_000n;

/** Credit at a posted rate, as decimal text in PINGO. */
export function inPingo(price: bigint, pingoPerVcu: number): string {
  const nano = price * BigInt(pingoPerVcu);
  const digits = (nano % NANO).toString().padStart(9, "0").replace(/0+$/, "");
  return digits === "" ? `${nano / NANO}` : `${nano / NANO}.${digits}`;
}
