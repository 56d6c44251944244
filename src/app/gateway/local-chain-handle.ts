/** The gateway's view of the treasurer when it runs in the same process. */
import { objectionToLink } from "../../actors/treasurer/credentials.ts";
import { type CredentialWanted, DESK, type WalletLinked } from "../../actors/treasurer/messages.ts";
import type { TreasurerContext } from "../../actors/treasurer/state.ts";
import type { Network } from "../live/network.ts";
import { TREASURER } from "../live/treasurer-address.ts";
import type { ChainHandle } from "./network-handle.ts";

const words = {
  "of-another": "this wallet is another contributor's; link one of your own",
  "given-up": "you gave this wallet up for another; link a new one",
  "too-many": "you have had as many wallets as one contributor may have; keep the one you have",
};

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
  };
}
