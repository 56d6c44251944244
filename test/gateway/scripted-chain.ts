/** The gateway's view of a treasurer whose chain is far away: it does what the treasurer would. */
import { linkWallet, objectionToLink } from "../../src/actors/treasurer/credentials.ts";
import { heedEscrow, judgeEscrow, watchEscrow } from "../../src/actors/treasurer/escrows.ts";
import {
  livePace,
  newTreasurer,
  type TreasurerContext,
  withOwner,
} from "../../src/actors/treasurer/state.ts";
import { fateIn, ownerIn } from "../../src/app/gateway/local-chain-handle.ts";
import type { ChainHandle } from "../../src/app/gateway/network-handle.ts";
import { type Address, address, portAddress } from "../../src/kernel/address.ts";
import type { Delivery } from "../../src/kernel/delivery.ts";
import type { Message } from "../../src/kernel/message.ts";
import type { EscrowShown, Wallet } from "../../src/kernel/ports/chain.ts";

type Outcome = Awaited<ReturnType<ChainHandle["escrow"]>>;

export class ScriptedChain implements ChainHandle {
  readonly network = "local";
  readonly domain = "pin.go";
  readonly required = true;
  /** Owners whose credential was to be looked at, in order. */
  readonly looked: Array<Address> = [];
  /** What the treasurer was told of escrows, in order. */
  readonly told: string[] = [];
  /** How escrows stand; the rest is not there. */
  readonly escrows = new Map<Wallet, EscrowShown>();
  isAway = false;
  context: TreasurerContext = newTreasurer({ ledger: address("ledger", "l0"), pace: livePace });

  readonly wallet: ChainHandle["wallet"] = (owner) => this.context.owners.get(owner) ?? null;
  readonly objection: ChainHandle["objection"] = (owner, wallet) =>
    objectionToLink(this.context, owner, wallet);
  readonly link = async (owner: Address, wallet: Wallet): Promise<void> => {
    this.heed(linkWallet, { type: "WalletLinked", owner, wallet });
  };
  readonly look = async (owner: Address): Promise<void> => {
    this.looked.push(owner);
    const look = this.wallet(owner)?.look ?? null;
    if (look === null) return;
    this.context = withOwner(this.context, owner, { look: { ...look, seenUs: look.seenUs + 1 } });
  };
  readonly roots: ChainHandle["roots"] = () => this.context.roots;
  readonly ownerOf: ChainHandle["ownerOf"] = (wallet) => ownerIn(this.context, wallet);
  readonly escrow = async (at: Wallet): Promise<Outcome> => {
    if (this.isAway) return { ok: false, reason: "unreachable", retryable: true };
    const value = this.escrows.get(at);
    return value === undefined
      ? { ok: false, reason: "refused", retryable: false }
      : { ok: true, value };
  };
  readonly watch = async (escrow: Wallet): Promise<void> => {
    this.told.push(`watch ${escrow.slice(-2)}`);
    this.heed(watchEscrow, { type: "EscrowWatched", escrow });
    this.show(escrow);
  };
  readonly judged: ChainHandle["judged"] = async (judged) => {
    this.told.push(`judged ${judged.escrow.slice(-2)} ${judged.result}`);
    this.heed(judgeEscrow, { type: "EscrowJudged", ...judged });
    this.show(judged.escrow);
  };
  readonly fate: ChainHandle["fate"] = (escrow) => fateIn(this.context, escrow);
  readonly watched = () => this.context.escrows.size;

  /** An active contributor with a valid credential. */
  active(owner: Address): void {
    const look = {
      type: "CredentialShown",
      state: "valid",
      tier: 1,
      epoch: 1,
      untilUs: Date.now() * 2_000,
      seenUs: 0,
    } as const;
    this.context = withOwner(this.context, owner, { state: "active", standing: "valid", look });
  }

  /** The treasurer looks at the escrow. */
  show(escrow: Wallet): void {
    const shown = this.escrows.get(escrow);
    if (shown !== undefined) this.context = heedEscrow(this.context, escrow, shown).context;
  }

  private heed<const M extends Message>(
    does: (context: TreasurerContext, delivery: Delivery<M>) => { context: TreasurerContext },
    message: M,
  ): void {
    const from = portAddress("desk");
    const delivery = { from, atUs: Date.now() * 1_000, message } as Delivery<M>;
    this.context = does(this.context, delivery).context;
  }
}
