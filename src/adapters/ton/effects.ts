/**
 * Brings a message to a contract exactly once and says what the contract did. That the wallet sent
 * it is not enough: what counts is the receiver's own transaction, and one that was refused had no
 * effect, so the same may be sent anew later.
 */
import { Address, type Transaction } from "@ton/core";
import { ChainFault, type ChainFaultKind } from "./chain-fault.ts";
import { causedBy } from "./history.ts";
import type { Departure } from "./send-journal.ts";
import type { Outgoing, SenderPace, WalletSender } from "./sender.ts";
import type { ChainTransport } from "./transport.ts";
import { exitCodes } from "./wrappers/errors.ts";

export interface EffectsParts {
  readonly chain: ChainTransport;
  readonly sender: Pick<WalletSender, "address" | "send" | "sent" | "finish" | "reopen" | "doubt">;
  readonly pace: SenderPace;
  readonly wait: (ms: number) => Promise<void>;
}

/** Refusals that time mends. */
const early: ReadonlySet<string> = new Set([
  "TOO_EARLY",
  "PENDING_EXISTS",
  "WRONG_EPOCH",
  "OVER_EMISSION",
  "WRONG_STATE",
]);
const names = new Map<number, string>(
  Object.entries(exitCodes).map(([name, code]) => [code, name]),
);

export class Effects {
  private readonly parts: EffectsParts;

  constructor(parts: EffectsParts) {
    this.parts = parts;
  }

  get address(): Address {
    return this.parts.sender.address;
  }

  /** The transaction of a key that has left the wallet: who asks once more must not begin anew. */
  begun(key: string): string | undefined {
    return this.parts.sender.sent(key)?.hash;
  }

  /** The same of a key that a killed process signed for; nothing new is signed. */
  async finished(key: string): Promise<string | undefined> {
    return (await this.parts.sender.finish(key))?.hash;
  }

  /** Resolves with the hash of the wallet's transaction once the receiver has done its part. */
  async bring(key: string, message: Outgoing): Promise<string> {
    const { sender } = this.parts;
    const { hash, departures } = await sender.send(key, [message]);
    for (const departure of departures) {
      const refusal = refusalIn(await this.arrivalOf(key, departure), departure);
      if (refusal === undefined) continue;
      await sender.reopen(key);
      throw refusal;
    }
    return hash;
  }

  /** Looks until it is so, for as long as a message may take. */
  async becomes(isSo: () => Promise<boolean>): Promise<boolean> {
    const { pace, wait } = this.parts;
    for (let look = 0; look < pace.polls; look++) {
      if (await isSo()) return true;
      await wait(pace.pollMs);
    }
    return false;
  }

  private async arrivalOf(key: string, departure: Departure): Promise<Transaction> {
    const { chain, sender, pace, wait } = this.parts;
    const to = Address.parse(departure.to);
    const message = { from: sender.address, to, createdLt: BigInt(departure.createdLt) };
    let before: Transaction | undefined;
    await this.becomes(async () => {
      before = await causedBy(chain, message);
      return before !== undefined;
    });
    if (before !== undefined) {
      if (pace.settleMs === 0) return before;
      await wait(pace.settleMs);
      const after = await causedBy(chain, message);
      if (after?.hash().equals(before.hash()) === true) return after;
    }
    await sender.doubt(key);
    const name = to.toString();
    if (before === undefined) {
      throw new ChainFault(
        "down",
        `The message left the wallet, and ${name} has not taken it yet: it is not sent under a ` +
          "second number; ask later.",
      );
    }
    throw new ChainFault(
      "lying",
      `The endpoint showed a transaction of ${name} and does not any more: nothing is sent under ` +
        "a second number; ask later.",
    );
  }
}

/** Undefined where the contract did what it was asked. */
function refusalIn({ description }: Transaction, { to }: Departure): ChainFault | undefined {
  if (description.type !== "generic" || !description.aborted) return undefined;
  const { computePhase: compute } = description;
  if (compute.type === "skipped") {
    return new ChainFault("refused", `There is no contract at ${to}: check the deployment.`);
  }
  const name = names.get(compute.exitCode) ?? "no reason of its own";
  const kind: ChainFaultKind = early.has(name) ? "early" : "refused";
  const words = `${to} refuses the message: ${name} (exit code ${compute.exitCode}).`;
  return new ChainFault(kind, words);
}
