/** What the chain's port does about escrows: brings the verdict that our verifiers sign. */
import { Address, Cell, Dictionary } from "@ton/core";
import type { Landed, SettleEscrow } from "../../kernel/ports/chain.ts";
import { ChainFault } from "./chain-fault.ts";
import type { Effects } from "./effects.ts";
import type { TonKey } from "./keys.ts";
import { landed } from "./port-credentials.ts";
import type { ChainTransport } from "./transport.ts";
import { Escrow, type VerifierSignature, verdictCell } from "./wrappers/payments.ts";

export interface EscrowsParts {
  readonly chain: ChainTransport;
  readonly effects: Effects;
  readonly verifiers: ReadonlyArray<TonKey>;
}

/** Two payments, each with a wallet to deploy; what is not used comes back. */
const JUDGE_VALUE = 400_000_000n;
const SUBMITTED = 3;
const DONE = 4;

interface EscrowOnChain {
  readonly state: number;
  readonly deadline: number;
  readonly seconds: number;
  readonly result: string;
  readonly threshold: number;
  /** By a verifier's number. */
  readonly keys: ReadonlyMap<number, bigint>;
}

export class Escrows {
  private readonly parts: EscrowsParts;

  constructor(parts: EscrowsParts) {
    this.parts = parts;
  }

  async settle(request: SettleEscrow): Promise<Landed> {
    const { chain, effects, verifiers } = this.parts;
    const { intent, result, verdict } = request;
    const escrow = Address.parse(request.escrow);
    const seen = await readEscrow(chain, escrow);
    if (effects.begun(intent) === undefined) {
      if (seen.state === DONE) return landed("");
      assertSubmitted(request, seen);
    }
    const resultHash = Buffer.from(result, "hex");
    const cell = verdictCell({ escrow, resultHash, isGood: verdict === "good" });
    const body = Escrow.judgeBody(cell, signaturesOf(seen, verifiers, cell));
    return landed(await effects.bring(intent, { to: escrow, value: JUDGE_VALUE, body }));
  }
}

function assertSubmitted({ escrow, result }: SettleEscrow, seen: EscrowOnChain): void {
  if (seen.state !== SUBMITTED) {
    throw new ChainFault("early", `No result has been submitted to the escrow ${escrow} yet.`);
  }
  if (seen.result !== result) {
    throw new ChainFault("refused", `The escrow ${escrow} holds another result than was judged.`);
  }
  if (seen.seconds > seen.deadline) {
    throw new ChainFault("refused", `The escrow ${escrow} has run out: anybody may expire it.`);
  }
}

function signaturesOf(
  { keys, threshold }: EscrowOnChain,
  verifiers: ReadonlyArray<TonKey>,
  verdict: Cell,
): ReadonlyArray<VerifierSignature> {
  const found: Array<VerifierSignature> = [];
  for (const [verifier, known] of keys) {
    const ours = verifiers.find(
      ({ publicKey }) => BigInt(`0x${publicKey.toString("hex")}`) === known,
    );
    if (ours === undefined || found.length === threshold) continue;
    found.push({ verifier, bytes: ours.sign(verdict.hash()) });
  }
  if (found.length === threshold) return found;
  throw new ChainFault(
    "refused",
    `The escrow wants ${threshold} of its verifiers and ${found.length} of our keys are among ` +
      "them: only the verifiers that it names can judge it.",
  );
}

/** In the order of `payments/storage.tolk`. */
async function readEscrow(chain: ChainTransport, address: Address): Promise<EscrowOnChain> {
  const { state: is, data, seconds } = await chain.getAddressInformation(address);
  const name = address.toString();
  if (is !== "active" || data === null) {
    throw new ChainFault("early", `There is no escrow at ${name} yet: deploy it first.`);
  }
  try {
    const slice = (Cell.fromBoc(data)[0] as Cell).beginParse();
    slice.loadAddress();
    slice.loadMaybeAddress();
    const [state, deadline] = [slice.loadUint(8), slice.loadUint(32)];
    slice.loadMaybeRef();
    const work = slice.loadMaybeRef()?.beginParse();
    work?.loadAddress();
    const result = work?.loadBuffer(32).toString("hex") ?? "";
    const terms = slice.loadRef().beginParse();
    const judges = terms.loadRef().beginParse().loadRef().beginParse();
    const [threshold] = [judges.loadUint(8), judges.loadUint(8)];
    const table = judges.loadDict(Dictionary.Keys.Uint(8), Dictionary.Values.BigUint(256));
    return { state, deadline, seconds, result, threshold, keys: new Map(table) };
  } catch (cause) {
    throw new ChainFault("refused", `${name} is no escrow of PinGo.`, { cause });
  }
}
