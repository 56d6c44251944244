/** `pingo chain escrow …`: one job's price and bond, from its terms to its verdict. */
import { beginCell } from "@ton/core";
import { readKeyFile } from "../../adapters/ton/keys.ts";
import {
  discoverValue,
  noticeValue,
  settleValue,
  transferValue,
  wordValue,
} from "../../adapters/ton/message-values.ts";
import { wordCell } from "../../adapters/ton/wrappers/client.ts";
import { JettonWallet, Minter } from "../../adapters/ton/wrappers/jetton.ts";
import {
  acceptance,
  Escrow,
  type VerifierSignature,
  verdictCell,
} from "../../adapters/ton/wrappers/payments.ts";
import { CommandError, type Exit } from "../outcome.ts";
import { type Action, act, type Desk, type Here, look, type Nothing, type Shown } from "./act.ts";
import { pingoOf } from "./claim-command.ts";
import { demandSigner, type KnownEscrow, readTerms } from "./escrow-terms.ts";
import { verifiedBy, withWatch } from "./escrow-watch.ts";
import type { ChainFlags } from "./hand.ts";
import { inPingo } from "./plan-text.ts";

const DISCOVER = 0x6d1a20b4;
const EXPIRE = 0x0c5f61d9;
const SUBMIT = 0x41c7a8e2;
const HEX = /^[0-9a-f]{64}$/i;

type State = Awaited<ReturnType<Escrow["getData"]>>["state"];

const bad = (message: string, field: string) =>
  new CommandError(message, { code: "escrow", field });

async function stateOf(here: Here, { escrow }: KnownEscrow) {
  const provider = here.providerOf(escrow.address);
  if ((await provider.getState()).state.type !== "active") return undefined;
  return escrow.getData(provider);
}

async function shownOf(here: Here, known: KnownEscrow): Promise<Shown> {
  const { escrow, terms } = known;
  const data = await stateOf(here, known);
  const at = here.text(escrow.address);
  const { price, bond } = terms;
  if (data === undefined) {
    const lines = [`${at}: not there yet; its client sends pingo chain escrow fund`];
    return { json: { escrow: at, state: "absent", price, bond }, lines };
  }
  const { state, deadline, worker, owed, resultHash } = data;
  const until = new Date(deadline * 1_000).toISOString();
  const left = owed.client + owed.worker + owed.pool;
  return {
    json: {
      escrow: at,
      state,
      price,
      bond,
      deadline,
      worker: worker && here.text(worker),
      resultHash: hashText(resultHash),
      owed,
    },
    lines: [
      `${at}: ${state}`,
      `  price ${inPingo(price)} PINGO, bond ${inPingo(bond)} PINGO`,
      ...(state === "awaiting" || state === "done" ? [] : [`  until ${until}`]),
      ...(worker === null ? [] : [`  worker ${here.text(worker)}`]),
      ...(resultHash === 0n ? [] : [`  submitted ${hashText(resultHash)}`]),
      ...(left === 0n ? [] : [`  ${inPingo(left)} PINGO could not be paid yet`]),
    ],
  };
}

const hashText = (hash: bigint) => hash.toString(16).padStart(64, "0");

export function escrowStatus(file: string, flags: ChainFlags): Promise<Exit> {
  return look(flags, (here) => shownOf(here, readTerms(file, here.deployment)));
}

/** An action that brings the escrow to `state`, and shows it then. */
function towards(
  desk: Desk,
  known: KnownEscrow,
  state: State,
  what: Omit<Action, "after">,
): Action {
  return {
    ...what,
    after: async () => {
      if (!(await desk.becomes(async () => (await stateOf(desk, known))?.state === state))) {
        const now = (await stateOf(desk, known))?.state ?? "absent";
        throw bad(
          `the escrow is ${now} and not ${state}; PINGO it did not want came back`,
          "terms",
        );
      }
      return shownOf(desk, known);
    },
  };
}

export interface GatewayFlags extends ChainFlags {
  readonly url?: string;
}

/** The client has the network's verifiers watch what it paid; silence of theirs pays the worker. */
export function fundEscrow(file: string, flags: GatewayFlags): Promise<Exit> {
  return act(flags, async (desk): Promise<Action | Nothing> => {
    const known = readTerms(file, desk.deployment);
    const { terms, escrow } = known;
    demandSigner(desk.wallet, terms.client, "client", desk.deployment);
    const data = await stateOf(desk, known);
    if (data !== undefined && data.state !== "awaiting") {
      const { json, lines } = await shownOf(desk, known);
      const said = "This job's price was paid before: nothing was sent.";
      const shown = { json: { ...json, sent: false }, lines: [said, ...lines] };
      return { nothing: await withWatch(desk, known, { shown, flags }) };
    }
    await demandPingo(desk, terms.price);
    const message = { to: escrow.address, value: discoverValue(desk.prices) };
    const deploy = {
      what: "make the escrow",
      message: { ...message, init: escrow.init, body: wordCell(DISCOVER), bounce: false },
    };
    const paying = towards(desk, known, "funded", {
      what: `pay its price of ${inPingo(terms.price)} PINGO`,
      first: data?.wallet ? [] : [deploy],
      message: await transfer(desk, known, terms.price),
    });
    const after = async () => withWatch(desk, known, { shown: await paying.after(), flags });
    return { ...paying, after };
  });
}

export function acceptJob(file: string, flags: ChainFlags): Promise<Exit> {
  return act(flags, async (desk) => {
    const known = readTerms(file, desk.deployment);
    const { terms } = known;
    if (terms.worker !== null) demandSigner(desk.wallet, terms.worker, "worker", desk.deployment);
    await demandState(desk, known, "funded");
    await demandPingo(desk, terms.bond);
    return towards(desk, known, "accepted", {
      what: `accept the job with a bond of ${inPingo(terms.bond)} PINGO`,
      message: await transfer(desk, known, terms.bond, true),
    });
  });
}

export interface ResultFlags extends ChainFlags {
  readonly result: string;
}

export interface SubmitFlags extends GatewayFlags {
  readonly result?: string;
  readonly job?: string;
}

function resultIn(text: string): Buffer {
  if (HEX.test(text)) return Buffer.from(text, "hex");
  throw bad("--result is the hash of the result: 64 hexadecimal digits", "result");
}

export function submitResult(file: string, flags: SubmitFlags): Promise<Exit> {
  const { result, job } = flags;
  if ((result === undefined) === (job === undefined)) {
    throw bad("name the job by --job, or the result's hash by --result; one of them", "job");
  }
  return act(flags, async (desk) => {
    const known = readTerms(file, desk.deployment);
    const hash = job === undefined ? (result ?? "") : await verifiedBy(desk, known, { job, flags });
    const resultHash = resultIn(hash);
    const { worker } = await demandState(desk, known, "accepted");
    if (worker !== null) demandSigner(desk.wallet, worker, "worker", desk.deployment);
    const body = beginCell().storeUint(SUBMIT, 32).storeUint(0, 64).storeBuffer(resultHash, 32);
    const submitting = towards(desk, known, "submitted", {
      what: "submit the result's hash",
      message: {
        to: known.escrow.address,
        value: wordValue(desk.prices),
        body: body.endCell(),
      },
    });
    if (job === undefined) return submitting;
    const soon = `The network looks at it now: pingo job status ${job} tells its verdict.`;
    const after = async () =>
      withWatch(desk, known, { shown: await submitting.after(), flags, soon });
    return { ...submitting, after };
  });
}

export interface VerdictFlags extends ResultFlags {
  readonly verdict: "good" | "wrong";
  /** Key files of verifiers who sign here. */
  readonly verifierKey: ReadonlyArray<string>;
  /** `<place>=<hexadecimal signature>` of those who signed elsewhere. */
  readonly signature: ReadonlyArray<string>;
}

export function bringVerdict(file: string, flags: VerdictFlags): Promise<Exit> {
  const resultHash = resultIn(flags.result);
  return act(flags, async (desk) => {
    const known = readTerms(file, desk.deployment);
    const isGood = flags.verdict === "good";
    const verdict = verdictCell({ escrow: known.escrow.address, resultHash, isGood });
    const signatures = await signaturesFor(flags, known, verdict.hash());
    const { resultHash: submitted } = await demandState(desk, known, "submitted");
    if (submitted !== BigInt(`0x${resultHash.toString("hex")}`)) {
      throw bad(
        "another result was submitted; judge that one, see pingo chain escrow status",
        "result",
      );
    }
    return towards(desk, known, "done", {
      what: `bring the verdict "${flags.verdict}"`,
      message: {
        to: known.escrow.address,
        value: settleValue(desk.prices),
        body: Escrow.judgeBody(verdict, signatures),
      },
    });
  });
}

async function signaturesFor(
  { verifierKey, signature }: VerdictFlags,
  { terms }: KnownEscrow,
  hash: Buffer,
): Promise<ReadonlyArray<VerifierSignature>> {
  const { keys, threshold } = terms.judges;
  const found = new Map<number, Buffer>();
  for (const path of verifierKey) {
    const key = await readKeyFile(path);
    const verifier = keys.findIndex((each) => each.equals(key.publicKey));
    if (verifier < 0) throw bad(`${path} is no key of this job's verifiers`, "verifier-key");
    found.set(verifier, key.sign(hash));
  }
  for (const each of signature) {
    const parts = /^(\d)=([0-9a-f]{128})$/i.exec(each);
    if (parts === null) {
      throw bad("--signature is <verifier>=<128 hexadecimal digits>, as 0=a1b2…", "signature");
    }
    found.set(Number(parts[1]), Buffer.from(parts[2] ?? "", "hex"));
  }
  if (found.size < threshold) {
    throw bad(
      `${threshold} verifiers must sign and ${found.size} did; add --verifier-key`,
      "verdict",
    );
  }
  return [...found].map(([verifier, bytes]) => ({ verifier, bytes }));
}

export function expireEscrow(file: string, flags: ChainFlags): Promise<Exit> {
  return act(flags, async (desk) => {
    const known = readTerms(file, desk.deployment);
    const data = await stateOf(desk, known);
    if (data === undefined || data.state === "awaiting" || data.state === "done") {
      throw bad(`the escrow is ${data?.state ?? "absent"}: no time runs in it`, "terms");
    }
    if ((await desk.now()) <= data.deadline) {
      const until = new Date(data.deadline * 1_000).toISOString();
      throw bad(`its time is not over before ${until}; come back then`, "terms");
    }
    return towards(desk, known, "done", {
      what: "end the job whose time is over",
      message: {
        to: known.escrow.address,
        value: settleValue(desk.prices),
        body: wordCell(EXPIRE),
      },
    });
  });
}

async function demandState(desk: Desk, known: KnownEscrow, wanted: State) {
  const data = await stateOf(desk, known);
  if (data?.state === wanted) return data;
  const now = data?.state ?? "absent";
  throw bad(
    `the escrow is ${now} and must be ${wanted} for this; see pingo chain escrow status`,
    "terms",
  );
}

async function demandPingo(desk: Desk, needed: bigint): Promise<void> {
  const balance = await pingoOf(desk, desk.wallet);
  if (balance >= needed) return;
  throw bad(
    `the wallet has ${inPingo(balance)} PINGO and needs ${inPingo(needed)}; claim or buy the rest`,
    "key-file",
  );
}

async function transfer(desk: Desk, { escrow }: KnownEscrow, amount: bigint, accepts = false) {
  const minter = desk.open(new Minter(desk.deployment.contracts.minter));
  const forwardValue = noticeValue(desk.prices);
  const body = JettonWallet.transferBody({
    amount,
    recipient: escrow.address,
    excessesTo: desk.wallet,
    forwardValue,
    ...(accepts ? { forwardPayload: acceptance } : {}),
  });
  const to = await minter.getWalletAddress(desk.wallet);
  return { to, value: transferValue(desk.prices, forwardValue), body };
}
