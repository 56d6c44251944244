/** What an error of the client or the server means: wait, make room, or never. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";

export type Fault = "down" | "full" | "conflict" | "refused";

/** The server's err_codes for a compare-and-set that lost. */
const conflicts: ReadonlySet<number> = new Set([10_071, 10_164]);
/** Too large for the stream, whatever its fill. */
const TOO_LARGE = 10_054;
const FULL = /maximum|insufficient|exceeded|no space|resource/i;

export function faultOf(error: unknown): Fault {
  if (error instanceof JetStreamApiError) {
    if (conflicts.has(error.code)) return "conflict";
    if (error.code === TOO_LARGE) return "refused";
    return FULL.test(error.message) ? "full" : "down";
  }
  if (forbids(error)) return "refused";
  return "down";
}

/** The server said that this key may not; asking again will not help. */
function forbids(error: unknown): boolean {
  if (error instanceof errors.PermissionViolationError) return true;
  if (!(error instanceof Error)) return false;
  return /permissions violation|max_payload/i.test(error.message) || forbids(error.cause);
}

export function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  // the client's own words for it, which tell a user nothing
  return /^(timeout|connection (closed|draining))$/i.test(words)
    ? `the nats-server does not answer (${words})`
    : words;
}
