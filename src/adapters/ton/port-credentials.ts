/** What the chain's port does about credentials: vouchers of two issuers, and how one stands. */
import { Address } from "@ton/core";
import type {
  CredentialShown,
  IssueCredential,
  Landed,
  MoveCredential,
  ReadCredential,
  RevokeCredential,
  Voucher as VoucherShown,
  Wallet,
} from "../../kernel/ports/chain.ts";
import { ChainFault } from "./chain-fault.ts";
import type { Effects } from "./effects.ts";
import type { TonKey } from "./keys.ts";
import { forwardFee, gasFee, knownPrices, rentOf, YEAR_S } from "./prices.ts";
import { opened } from "./provider.ts";
import type { ChainTransport } from "./transport.ts";
import {
  Collection,
  CredentialItem,
  type Signature,
  signed,
  type Voucher,
  voucherCell,
} from "./wrappers/credential.ts";

export interface CredentialsParts {
  readonly chain: ChainTransport;
  readonly effects: Effects;
  readonly collection: Address;
  /** At least two of the collection's three. */
  readonly issuers: ReadonlyArray<TonKey>;
}

const DAY_S = 86_400;
const GRACE_DAYS = 14;
const MICROS = 1_000_000;
/** An item's address never changes; so many are remembered. */
const MOST_ITEMS = 10_000;
/** Two transactions with an item's code, by `credential/fees.tolk`, at the dearest prices. */
const ITEM = { bits: 11_800, cells: 30 };
const PRESENT_GAS = 5_700 * 3;
const PRESENT_VALUE =
  gasFee(knownPrices, PRESENT_GAS) +
  2n * forwardFee(knownPrices, ITEM) +
  rentOf(knownPrices, ITEM, YEAR_S);

export class Credentials {
  private readonly parts: CredentialsParts;
  private readonly items = new Map<Wallet, Address>();

  constructor(parts: CredentialsParts) {
    this.parts = parts;
  }

  issue({ wallet, tier, epoch, untilDay }: IssueCredential): Promise<VoucherShown> {
    if (tier < 0 || tier > 255) throw refused(`A tier is between 0 and 255, not ${tier}.`);
    const owner = Address.parse(wallet);
    return this.voucher({ kind: "grant", owner, tier, epoch }, lastSecondOf(untilDay));
  }

  move({ from, wallet, untilDay }: MoveCredential): Promise<VoucherShown> {
    const recover = { kind: "recover", from: Address.parse(from), to: Address.parse(wallet) };
    return this.voucher(recover as Voucher, lastSecondOf(untilDay));
  }

  async read({ wallet }: ReadCredential): Promise<CredentialShown> {
    const held = await this.held(wallet);
    if (held === undefined || held.status === "absent") {
      return { type: "CredentialShown", state: "none", tier: 0, epoch: 0, untilUs: 0 };
    }
    const { tier, epoch, status, isLive, validUntil } = held;
    const whenLive = isLive ? "valid" : "lapsed";
    const state = status === "held" ? whenLive : "revoked";
    return { type: "CredentialShown", state, tier, epoch, untilUs: validUntil * MICROS };
  }

  async revoke({ intent, wallet }: RevokeCredential): Promise<Landed> {
    const { chain, effects, collection } = this.parts;
    const isOver = async () => {
      const { state } = await this.read({ type: "ReadCredential", wallet });
      return state === "none" || state === "revoked";
    };
    if (effects.begun(intent) === undefined && (await isOver())) return landed("");
    const { seconds } = await chain.getAddressInformation(collection);
    const owner = Address.parse(wallet);
    const { cell, signatures } = await this.signedBy({ kind: "punish", owner }, seconds + DAY_S);
    const body = Collection.presentBody(cell, ...signatures);
    const hash = await effects.bring(intent, { to: collection, value: PRESENT_VALUE, body });
    if (await effects.becomes(isOver)) return landed(hash);
    throw new ChainFault(
      "lying",
      `The collection took the word against ${wallet}, whose credential still holds: look again.`,
    );
  }

  private async voucher(voucher: Voucher, validUntil: number): Promise<VoucherShown> {
    const { cell, signatures } = await this.signedBy(voucher, validUntil);
    return {
      type: "Voucher",
      to: this.parts.collection.toRawString() as Wallet,
      value: PRESENT_VALUE,
      body: Collection.presentBody(cell, ...signatures)
        .toBoc()
        .toString("base64"),
      untilUs: validUntil * MICROS,
    };
  }

  /** The first two of our keys that the collection knows: the same voucher each time. */
  private async signedBy(voucher: Voucher, validUntil: number) {
    const { chain, collection, issuers } = this.parts;
    const { keys } = await opened(chain, new Collection(collection)).getIssuers();
    const cell = voucherCell(collection, validUntil, voucher);
    const found: Array<Signature> = [];
    for (const [issuer, known] of keys.entries()) {
      const ours = issuers.find(({ publicKey }) => numberOf(publicKey) === known);
      if (ours !== undefined) found.push(signed(cell, issuer, ours.sign));
    }
    const [one, two] = found;
    if (one === undefined || two === undefined) {
      throw refused(
        `A voucher needs two of the collection's three issuers, and ${found.length} of our keys ` +
          "is known to it: give this network its issuers' keys.",
      );
    }
    return { cell, signatures: [one, two] as const };
  }

  private async held(wallet: Wallet) {
    const { chain } = this.parts;
    const item = opened(chain, new CredentialItem(await this.itemOf(wallet)));
    const held = await item.getCredential();
    if (held === undefined || held.status === "absent") return held;
    if (held.validUntil === (held.epoch + 1 + GRACE_DAYS) * DAY_S) return held;
    throw new ChainFault(
      "lying",
      `The endpoint's answer about the credential of ${wallet} contradicts itself: ask another.`,
    );
  }

  private async itemOf(wallet: Wallet): Promise<Address> {
    const known = this.items.get(wallet);
    if (known !== undefined) return known;
    const { chain, collection } = this.parts;
    const owner = Address.parse(wallet);
    const item = await opened(chain, new Collection(collection)).getItemAddress(owner);
    if (this.items.size >= MOST_ITEMS) this.items.clear();
    this.items.set(wallet, item);
    return item;
  }
}

const lastSecondOf = (day: number) => (day + 1) * DAY_S - 1;
const numberOf = (key: Buffer) => BigInt(`0x${key.toString("hex")}`);
const refused = (sentence: string) => new ChainFault("refused", sentence);

export function landed(transaction: string): Landed {
  return { type: "Landed", transaction };
}
