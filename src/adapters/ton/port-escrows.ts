/** What the chain's port does about escrows: shows one, brings what our verifiers sign. */
import { Address, Cell, Dictionary } from "@ton/core";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import type {
  EscrowShown,
  Landed,
  ReadEscrow,
  SettleEscrow,
  Wallet,
} from "../../kernel/ports/chain.ts";
import { ChainFault } from "./chain-fault.ts";
import { codeOf } from "./code.ts";
import type { Effects } from "./effects.ts";
import type { TonKey } from "./keys.ts";
import { landed } from "./port-credentials.ts";
import type { ChainTransport } from "./transport.ts";
import { Escrow, type VerifierSignature, verdictCell } from "./wrappers/payments.ts";

export interface EscrowsParts {
  readonly chain: ChainTransport;
  readonly effects: Effects;
  readonly minter: Address;
  readonly pool: Address;
  readonly verifiers: ReadonlyArray<TonKey>;
}

/** Two payments, each with a wallet to deploy; what is not used comes back. */
const JUDGE_VALUE = 400_000_000n;
const states = ["awaiting", "funded", "accepted", "submitted", "done"] as const;
const MICROS = 1_000_000;

interface EscrowOnChain {
  readonly state: (typeof states)[number];
  readonly deadline: number;
  /** The chain's time. */
  readonly seconds: number;
  readonly worker: Address | null;
  readonly result: string;
  readonly terms: Cell;
}

interface Terms {
  readonly client: Address;
  readonly pool: Address;
  readonly price: bigint;
  readonly bond: bigint;
  readonly demand: string;
  readonly judgeSeconds: number;
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
    if (seen === undefined) throw absent(escrow);
    const isDone = seen.state === "done";
    // a process that was killed may not have noted that this verdict is what ended it
    const begun = effects.begun(intent) ?? (isDone ? await effects.finished(intent) : undefined);
    if (begun === undefined) {
      if (isDone) return landed("");
      assertSubmitted(request, seen);
    }
    const resultHash = Buffer.from(result, "hex");
    const cell = verdictCell({ escrow, resultHash, isGood: verdict === "good" });
    const body = Escrow.judgeBody(cell, signaturesOf(termsIn(seen.terms), verifiers, cell));
    return landed(await effects.bring(intent, { to: escrow, value: JUDGE_VALUE, body }));
  }

  async read({ escrow }: ReadEscrow): Promise<EscrowShown> {
    const { chain, verifiers } = this.parts;
    const at = Address.parse(escrow);
    const seen = await readEscrow(chain, at);
    if (seen === undefined) return nobody;
    const terms = termsIn(seen.terms);
    this.assertGenuine(at, seen.terms, terms);
    const { client, price, bond, demand, judgeSeconds, threshold, keys } = terms;
    const { state, deadline, seconds, worker, result } = seen;
    return {
      type: "EscrowShown",
      state,
      client: rawOf(client),
      worker: worker === null ? "" : rawOf(worker),
      price: nanoPingo(price),
      bond: nanoPingo(bond),
      demand,
      result: state === "submitted" || state === "done" ? result : "",
      leftUs: deadline === 0 ? 0 : (deadline - seconds) * MICROS,
      judgeUs: judgeSeconds * MICROS,
      threshold,
      ours: [...keys.values()].filter((key) => keyAmong(verifiers, key) !== undefined).length,
    };
  }

  /**
   * Code and what it began with make the address: who forges the state of an escrow, or has it hold
   * another token, has it at another one.
   */
  private assertGenuine(at: Address, terms: Cell, { pool }: Terms): void {
    const { minter, pool: ours } = this.parts;
    const made = Escrow.withTerms(minter, terms, codeOf("payments/escrow")).address;
    if (made.equals(at) && pool.equals(ours)) return;
    throw new ChainFault("refused", `${at.toString()} is no escrow of this network's PINGO.`);
  }
}

const rawOf = (address: Address) => address.toRawString() as Wallet;

const nobody: EscrowShown = {
  type: "EscrowShown",
  state: "absent",
  client: "",
  worker: "",
  price: nanoPingo(0n),
  bond: nanoPingo(0n),
  demand: "",
  result: "",
  leftUs: 0,
  judgeUs: 0,
  threshold: 0,
  ours: 0,
};

function absent(at: Address): ChainFault {
  return new ChainFault("early", `There is no escrow at ${at.toString()} yet: deploy it first.`);
}

function assertSubmitted({ escrow, result }: SettleEscrow, seen: EscrowOnChain): void {
  if (seen.state !== "submitted") {
    throw new ChainFault("early", `No result has been submitted to the escrow ${escrow} yet.`);
  }
  if (seen.result !== result) {
    throw new ChainFault("refused", `The escrow ${escrow} holds another result than was judged.`);
  }
  if (seen.seconds > seen.deadline) {
    throw new ChainFault("refused", `The escrow ${escrow} has run out: anybody may expire it.`);
  }
}

function keyAmong(verifiers: ReadonlyArray<TonKey>, known: bigint): TonKey | undefined {
  return verifiers.find(({ publicKey }) => BigInt(`0x${publicKey.toString("hex")}`) === known);
}

function signaturesOf(
  { keys, threshold }: Terms,
  verifiers: ReadonlyArray<TonKey>,
  verdict: Cell,
): ReadonlyArray<VerifierSignature> {
  const found: Array<VerifierSignature> = [];
  for (const [verifier, known] of keys) {
    const ours = keyAmong(verifiers, known);
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

/** In the order of `payments/storage.tolk`; undefined where there is none. */
async function readEscrow(
  chain: ChainTransport,
  address: Address,
): Promise<EscrowOnChain | undefined> {
  const { state: is, data, seconds } = await chain.getAddressInformation(address);
  if (is !== "active" || data === null) return undefined;
  return readAs(address, () => {
    const slice = (Cell.fromBoc(data)[0] as Cell).beginParse();
    slice.loadAddress();
    slice.loadMaybeAddress();
    const state = states[slice.loadUint(8)];
    if (state === undefined) throw new Error("no state of an escrow");
    const deadline = slice.loadUint(32);
    slice.loadMaybeRef();
    const work = slice.loadMaybeRef()?.beginParse();
    const worker = work?.loadAddress() ?? null;
    const result = work?.loadBuffer(32).toString("hex") ?? "";
    const terms = slice.loadRef();
    slice.endParse();
    termsIn(terms);
    return { state, deadline, seconds, worker, result, terms };
  });
}

function readAs<A>(address: Address, parse: () => A): A {
  try {
    return parse();
  } catch (cause) {
    throw new ChainFault("refused", `${address.toString()} is no escrow of PinGo.`, { cause });
  }
}

function termsIn(cell: Cell): Terms {
  const slice = cell.beginParse();
  const client = slice.loadAddress();
  slice.loadMaybeAddress();
  const pool = slice.loadAddress();
  const [price, bond] = [slice.loadUintBig(64), slice.loadUintBig(64)];
  const details = slice.loadRef().beginParse();
  const demand = details.loadBuffer(32).toString("hex");
  details.skip(64);
  const judgeSeconds = details.loadUint(32);
  const judges = details.loadRef().beginParse();
  const threshold = judges.loadUint(8);
  judges.skip(8);
  const keys = judges.loadDict(Dictionary.Keys.Uint(8), Dictionary.Values.BigUint(256));
  return { client, pool, price, bond, demand, judgeSeconds, threshold, keys: new Map(keys) };
}
