/** Commands that ask a gateway: what they share in flags, and how what it refuses is told. */
import { PinGo, PinGoError } from "../client/pingo.ts";
import { CommandError } from "../outcome.ts";

export interface AskFlags {
  readonly url?: string;
  readonly json?: boolean;
}

/** Runs `does` with a client; the gateway's refusals become the command's one sentence. */
export async function asked<A>({ url }: AskFlags, does: (pingo: PinGo) => Promise<A>): Promise<A> {
  try {
    return await does(new PinGo({ url }));
  } catch (error) {
    throw told(error);
  }
}

function told(error: unknown): unknown {
  if (!(error instanceof PinGoError)) return error;
  const { code, field, allowed } = error.details;
  return new CommandError(error.message, { code, field, allowed });
}
