/** How often each node agreed with what was accepted: what voting rules remember. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import type { Judgement, ReportedResult } from "../../kernel/policies/verification.ts";
import { VersionedMap, versionedMap } from "../../kernel/versioned-map.ts";

const Record = Schema.Struct({ valid: Schema.Int, wrong: Schema.Int });

export const TrackRecords = versionedMap(Address, Record);
export type TrackRecords = typeof TrackRecords.Type;

const noRecord: typeof Record.Type = { valid: 0, wrong: 0 };

export function noRecords(): TrackRecords {
  return VersionedMap.empty();
}

/** Counts an accepted task's results; a rejected task proves nobody right or wrong. */
export function withJudgement(
  records: TrackRecords,
  results: ReadonlyArray<ReportedResult>,
  judgement: Judgement,
): TrackRecords {
  if (judgement.verdict !== "accepted") return records;
  let next = records;
  for (const { node, digest } of results) {
    const { valid, wrong } = next.get(node) ?? noRecord;
    const agrees = digest === judgement.digest;
    next = next.set(node, { valid: valid + (agrees ? 1 : 0), wrong: wrong + (agrees ? 0 : 1) });
  }
  return next;
}
