/** What the gateway takes and shows of wallets, credentials on chain and claims of rewards. */
import { Schema } from "effect";
import { NanoPingo } from "../../kernel/policies/rewards.ts";

const Text = (most: number) => Schema.String.pipe(Schema.maxLength(most));

/** What the wallet is asked to sign; good once, for who asked, and for a few minutes. */
export const WalletChallenge = Schema.Struct({
  payload: Schema.String,
  /** The host name that the wallet shows its user. */
  domain: Schema.String,
  /** Global id of the chain's network, decimal. */
  network: Schema.String,
  untilUs: Schema.Int,
});
export type WalletChallenge = typeof WalletChallenge.Type;

/** TON Connect's `account` and `ton_proof`. */
export const WalletProofGiven = Schema.Struct({
  address: Text(80),
  network: Text(12),
  publicKey: Schema.optional(Text(64)),
  walletStateInit: Text(16_384),
  proof: Schema.Struct({
    timestamp: Schema.Union(Schema.Int, Text(20)),
    domain: Schema.Struct({ lengthBytes: Schema.Int, value: Text(128) }),
    payload: Text(128),
    signature: Text(100),
  }),
});
export type WalletProofGiven = typeof WalletProofGiven.Type;

/** A message for the owner's own wallet to send: it claims or moves the credential. */
const VoucherShown = Schema.Struct({
  to: Schema.String,
  /** Coins to attach, nano; what is not used comes back. */
  value: Schema.BigInt,
  /** A bag of cells in base64. */
  body: Schema.String,
  untilUs: Schema.Int,
});

export const WalletStatus = Schema.Struct({
  /** Raw address; null before one is linked. */
  wallet: Schema.NullOr(Schema.String),
  /** How the credential was last seen on chain; null before the first look. */
  credential: Schema.NullOr(
    Schema.Struct({
      state: Schema.Literal("none", "valid", "lapsed", "revoked"),
      tier: Schema.Int,
      untilUs: Schema.Int,
      seenUs: Schema.Int,
    }),
  ),
  /** True: jobs of who has no valid credential on chain are refused. */
  required: Schema.Boolean,
  voucher: Schema.NullOr(VoucherShown),
  move: Schema.NullOr(VoucherShown),
  /** What it may have claimed in its whole life, nano-PINGO. */
  rewards: NanoPingo,
});
export type WalletStatus = typeof WalletStatus.Type;

/** Proofs of a wallet's claim under the newest roots: the contract takes that of its root. */
export const WalletClaims = Schema.Struct({
  wallet: Schema.NullOr(Schema.String),
  roots: Schema.Array(
    Schema.Struct({
      epoch: Schema.Int,
      root: Schema.String,
      cumulative: NanoPingo,
      /** The leaf's neighbour first. */
      proof: Schema.Array(
        Schema.Struct({ side: Schema.Literal("left", "right"), hash: Schema.String }),
      ),
    }),
  ),
});
export type WalletClaims = typeof WalletClaims.Type;
