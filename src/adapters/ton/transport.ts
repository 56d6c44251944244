/**
 * The four things that PinGo asks of a chain. A server of toncenter v2 answers them over HTTP
 * (local, test network, main network), a virtual machine in tests. Every failure is a ChainFault.
 */
import type { Address, Transaction, TupleItem, TupleReader } from "@ton/core";

export interface AccountSeen {
  readonly balance: bigint;
  readonly state: "active" | "uninitialized" | "frozen";
  readonly code: Buffer | null;
  readonly data: Buffer | null;
  readonly last: Place | undefined;
  /** The chain's time, Unix seconds: what decides whether a message has expired. */
  readonly seconds: number;
}

/** Where a transaction stands in its account's history. */
export interface Place {
  readonly lt: bigint;
  readonly hash: Buffer;
}

export interface ChainTransport {
  /** Resolves when the message was taken in; it may have been taken in when this rejects. */
  readonly sendBoc: (boc: Buffer) => Promise<void>;
  /** Rejects as "refused" when the method throws or is not there. */
  readonly runGetMethod: (
    address: Address,
    method: string,
    args: ReadonlyArray<TupleItem>,
  ) => Promise<TupleReader>;
  readonly getAddressInformation: (address: Address) => Promise<AccountSeen>;
  /** Newest first; from this place on, itself included, or from the newest. */
  readonly getTransactions: (
    address: Address,
    page: { readonly limit: number; readonly from?: Place },
  ) => Promise<ReadonlyArray<Transaction>>;
}
