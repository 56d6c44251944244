/**
 * Clients of `credential/collection.tolk` and `credential/item.tolk`, and the vouchers that issuers
 * sign. Epochs are Unix days, times Unix seconds.
 */
import {
  type Address,
  beginCell,
  type Cell,
  type ContractProvider,
  contractAddress,
  type Sender,
} from "@ton/core";
import { ContractClient, RootClient, wordCell } from "./client.ts";

export type IssuerKeys = readonly [bigint, bigint, bigint];
/** Every issuer signs hashes with a key of its own. */
export type Sign = (hash: Buffer) => Buffer;

export type Voucher =
  | {
      readonly kind: "grant";
      readonly owner: Address;
      readonly tier: number;
      readonly epoch: number;
    }
  | { readonly kind: "recover"; readonly from: Address; readonly to: Address }
  | { readonly kind: "punish"; readonly owner: Address };

/** What issuers sign the hash of; it holds in one collection until `validUntil`. */
export function voucherCell(collection: Address, validUntil: number, voucher: Voucher): Cell {
  const cell = beginCell();
  switch (voucher.kind) {
    case "grant":
      cell.storeUint(0x47525431, 32).storeAddress(collection).storeAddress(voucher.owner);
      cell.storeUint(voucher.tier, 8).storeUint(voucher.epoch, 32);
      break;
    case "recover":
      cell.storeUint(0x52435631, 32).storeAddress(collection);
      cell.storeBuffer(voucher.from.hash, 32).storeAddress(voucher.to);
      break;
    case "punish":
      cell.storeUint(0x504e5331, 32).storeAddress(collection);
      cell.storeBuffer(voucher.owner.hash, 32);
      break;
  }
  return cell.storeUint(validUntil, 32).endCell();
}

/** An issuer's number, 0 to 2, and its signature. */
export interface Signature {
  readonly issuer: number;
  readonly bytes: Buffer;
}

export function signed(voucher: Cell, issuer: number, sign: Sign): Signature {
  return { issuer, bytes: sign(voucher.hash()) };
}

export interface CollectionConfig {
  readonly owner: Address;
  readonly issuers: IssuerKeys;
  /** TEP-64. */
  readonly metadata: Cell;
  /** What an item's "<tier>.json" is appended to. */
  readonly base: string;
  readonly itemCode: Cell;
}

function issuersCell(keys: IssuerKeys): Cell {
  const cell = beginCell();
  for (const key of keys) cell.storeUint(key, 256);
  return cell.endCell();
}

export class Collection extends RootClient {
  static fromConfig(config: CollectionConfig, code: Cell): Collection {
    const content = beginCell()
      .storeRef(config.metadata)
      .storeRef(beginCell().storeStringTail(config.base).endCell())
      .endCell();
    const data = beginCell()
      .storeAddress(config.owner)
      .storeRef(issuersCell(config.issuers))
      .storeRef(content)
      .storeRef(config.itemCode)
      .storeMaybeRef(null)
      .endCell();
    return new Collection(contractAddress(0, { code, data }), { code, data });
  }

  /** Throws when the two are not of two issuers: the contract could not even be told so. */
  static presentBody(voucher: Cell, one: Signature, two: Signature): Cell {
    if (one.issuer === two.issuer) throw new Error(`issuer ${one.issuer} cannot sign twice`);
    const [first, second] = one.issuer < two.issuer ? [one, two] : [two, one];
    return beginCell()
      .storeUint(0x1b873593, 32)
      .storeUint(0, 64)
      .storeUint(3 - first.issuer - second.issuer, 2)
      .storeBuffer(first.bytes, 64)
      .storeRef(beginCell().storeBuffer(second.bytes, 64).endCell())
      .storeRef(voucher)
      .endCell();
  }

  async sendPresent(
    provider: ContractProvider,
    via: Sender,
    options: {
      readonly value: bigint;
      readonly voucher: Cell;
      readonly signatures: readonly [Signature, Signature];
    },
  ): Promise<void> {
    const body = Collection.presentBody(options.voucher, ...options.signatures);
    await provider.internal(via, { value: options.value, body });
  }

  async sendProposeIssuers(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly keys: IssuerKeys },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x7c3b2a19, 32)
      .storeUint(0, 64)
      .storeRef(issuersCell(options.keys));
    await provider.internal(via, { value: options.value, body: body.endCell() });
  }

  async sendCancelIssuers(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    const body = wordCell(0x19a2b3c7);
    await provider.internal(via, { value, body });
  }

  async sendApplyIssuers(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    const body = wordCell(0x5d6e7f80);
    await provider.internal(via, { value, body });
  }

  async getIssuers(provider: ContractProvider) {
    const { stack } = await provider.get("get_issuers", []);
    const keys = [stack.readBigNumber(), stack.readBigNumber(), stack.readBigNumber()] as const;
    return { keys, applicableAt: stack.readNumber() };
  }

  async getItemAddress(provider: ContractProvider, owner: Address): Promise<Address> {
    const value = BigInt(`0x${owner.hash.toString("hex")}`);
    const { stack } = await provider.get("get_nft_address_by_index", [{ type: "int", value }]);
    return stack.readAddress();
  }
}

const statuses = ["absent", "held", "punished", "moved", "destroyed"] as const;

export class CredentialItem extends ContractClient {
  async sendProveOwnership(
    provider: ContractProvider,
    via: Sender,
    options: { readonly value: bigint; readonly dest: Address; readonly payload: Cell },
  ): Promise<void> {
    const body = beginCell()
      .storeUint(0x04ded148, 32)
      .storeUint(0, 64)
      .storeAddress(options.dest)
      .storeRef(options.payload)
      .storeBit(true)
      .endCell();
    await provider.internal(via, { value: options.value, body });
  }

  async sendDestroy(provider: ContractProvider, via: Sender, value: bigint): Promise<void> {
    const body = wordCell(0x1f04537a);
    await provider.internal(via, { value, body });
  }

  /** Undefined where no credential was ever granted. */
  async getCredential(provider: ContractProvider) {
    const { state } = await provider.getState();
    if (state.type !== "active") return undefined;
    const { stack } = await provider.get("get_credential", []);
    return {
      tier: stack.readNumber(),
      epoch: stack.readNumber(),
      since: stack.readNumber(),
      status: statuses[stack.readNumber()] ?? "absent",
      validUntil: stack.readNumber(),
      isLive: stack.readBoolean(),
    };
  }

  async getRevokedTime(provider: ContractProvider): Promise<number> {
    return (await provider.get("get_revoked_time", [])).stack.readNumber();
  }
}
