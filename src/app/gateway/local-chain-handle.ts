/** The gateway's view of the treasurer when it runs in the same process. */
import { objectionToLink } from "../../actors/treasurer/credentials.ts";
import { endOf, verdictOn } from "../../actors/treasurer/escrows.ts";
import {
  type CredentialWanted,
  DESK,
  type EscrowJudged,
  type EscrowWatched,
  type WalletLinked,
} from "../../actors/treasurer/messages.ts";
import type { TreasurerContext } from "../../actors/treasurer/state.ts";
import { portAddress } from "../../kernel/address.ts";
import { portCall } from "../../kernel/command.ts";
import { SECOND } from "../../kernel/duration.ts";
import {
  CHAIN,
  type ChainOutcome,
  type ReadEscrow,
  type Wallet,
} from "../../kernel/ports/chain.ts";
import type { Network } from "../live/network.ts";
import { TREASURER } from "../live/treasurer-address.ts";
import type { ChainHandle, EscrowFacts } from "./network-handle.ts";

const words = {
  "of-another": "this wallet is another contributor's; link one of your own",
  "given-up": "you gave this wallet up for another; link a new one",
  "too-many": "you have had as many wallets as one contributor may have; keep the one you have",
};

/** How long the chain has for one answer. */
const DEADLINE_US = 20 * SECOND;

type AboutEscrows = "ownerOf" | "escrow" | "watch" | "judged" | "fate" | "watched";

function escrowsOf(
  network: Network,
  context: () => TreasurerContext,
): Pick<ChainHandle, AboutEscrows> {
  let calls = 0;
  return {
    ownerOf: (wallet) => ownerIn(context(), wallet),
    escrow: (escrow) => {
      const request: ReadEscrow = { type: "ReadEscrow", escrow };
      calls += 1;
      const call = portCall(CHAIN, `desk/${calls}`, request, DEADLINE_US);
      return new Promise((resolve, reject) => {
        const port = network.portAt(TREASURER, CHAIN);
        if (port === undefined) reject(new Error(`${TREASURER} has no port of the chain`));
        port?.call(portAddress(DESK), call, (told) => resolve((told as ChainOutcome).outcome));
      });
    },
    watch: async (escrow) => {
      const message: EscrowWatched = { type: "EscrowWatched", escrow };
      await network.tell({ to: TREASURER, port: DESK, message });
    },
    judged: async (judged) => {
      const message: EscrowJudged = { type: "EscrowJudged", ...judged };
      await network.tell({ to: TREASURER, port: DESK, message });
    },
    fate: (escrow) => fateIn(context(), escrow),
    watched: () => context().escrows.size,
  };
}

/** Whose wallet it is now; one that was given up is nobody's. */
export function ownerIn({ wallets, owners }: TreasurerContext, wallet: Wallet) {
  const owner = wallets.get(wallet)?.owner;
  if (owner === undefined) return undefined;
  return owners.get(owner)?.wallets.at(-1) === wallet ? owner : undefined;
}

/** What a treasurer knows of an escrow. */
export function fateIn(context: TreasurerContext, escrow: Wallet): EscrowFacts {
  const known = context.escrows.get(escrow);
  if (known === undefined) {
    const end = endOf(context, escrow);
    return end === undefined ? null : { at: "over", ...end };
  }
  const ask = context.asks.get(verdictOn(escrow));
  const verdict = ask === undefined ? null : ask.key === "" ? "wanted" : "sent";
  return { at: "open", known, verdict };
}

/** Undefined where no treasurer is in this process. */
export function localChainHandle(network: Network): ChainHandle | undefined {
  const { chain } = network;
  if (chain === undefined) return undefined;
  const context = (): TreasurerContext => {
    const state = network.stateOf(TREASURER) as { readonly context: TreasurerContext };
    return state.context;
  };
  return {
    network: chain.network,
    domain: chain.domain,
    required: chain.credential === "required",
    wallet: (owner) => context().owners.get(owner) ?? null,
    objection: (owner, wallet) => {
      const why = objectionToLink(context(), owner, wallet);
      return why === undefined ? undefined : words[why];
    },
    link: async (owner, wallet) => {
      const message: WalletLinked = { type: "WalletLinked", owner, wallet };
      await network.tell({ to: TREASURER, port: DESK, message });
    },
    look: async (owner) => {
      const message: CredentialWanted = { type: "CredentialWanted", owner };
      await network.tell({ to: TREASURER, port: DESK, message });
    },
    roots: () => context().roots,
    ...escrowsOf(network, context),
  };
}
