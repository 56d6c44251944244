/** The gateway's view of a treasurer whose chain is far away: it links by the treasurer's rules. */
import { linkWallet, objectionToLink } from "../../src/actors/treasurer/credentials.ts";
import { livePace, newTreasurer } from "../../src/actors/treasurer/state.ts";
import type { ChainHandle } from "../../src/app/gateway/network-handle.ts";
import { type Address, address, portAddress } from "../../src/kernel/address.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import type { Wallet } from "../../src/kernel/ports/chain.ts";

export class ScriptedChain implements ChainHandle {
  readonly network = "local";
  readonly domain = "pin.go";
  readonly required = true;
  /** Owners whose credential was to be looked at, in order. */
  readonly looked: Array<Address> = [];
  private context = newTreasurer({ ledger: address("ledger", "l0"), pace: livePace });

  readonly wallet: ChainHandle["wallet"] = (owner) => this.context.owners.get(owner) ?? null;
  readonly objection: ChainHandle["objection"] = (owner, wallet) =>
    objectionToLink(this.context, owner, wallet);
  readonly link = async (owner: Address, wallet: Wallet): Promise<void> => {
    const delivery = {
      from: portAddress("desk"),
      atUs: Date.now() * 1_000,
      message: { type: "WalletLinked", owner, wallet },
    } as Delivery<{ type: "WalletLinked"; owner: Address; wallet: Wallet }>;
    this.context = linkWallet(this.context, delivery).context;
  };
  readonly look = async (owner: Address): Promise<void> => {
    this.looked.push(owner);
  };
  readonly roots: ChainHandle["roots"] = () => this.context.roots;
}
