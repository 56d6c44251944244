/**
 * Names what a job is to compute, by its content: who pays for it in an escrow and who hands it in
 * find the same name each by itself, and nothing else can be handed in under it.
 */
import { createHash } from "node:crypto";

/** The same for the same value, whatever the order of its keys. */
export function hashOfValue(value: unknown): string {
  return sha256(JSON.stringify(sorted(value)));
}

/** `files`: SHA-256 of each file that the job names. */
export function demandHash(
  job: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
): string {
  return hashOfValue({ files, job });
}

/** What an escrow's terms hold: no two jobs of one client have the same name and salt. */
export function saltedDemand(name: string, salt: string): string {
  return sha256(`${name}\n${salt}`);
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, item]) => [key, sorted(item)]);
}
