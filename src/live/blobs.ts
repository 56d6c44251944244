/**
 * The port that keeps models, inputs and results by their content. An id is the SHA-256 of the
 * bytes in hexadecimal, so whoever reads a blob can tell that it is the right one.
 */
export type BlobId = string & { readonly BlobId: unique symbol };

/** Undefined for a text that is no id: what comes from outside never becomes a path unchecked. */
export function blobId(text: string): BlobId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as BlobId) : undefined;
}

/** What was put, and how long it is. */
export interface KeptBlob {
  readonly id: BlobId;
  readonly bytes: number;
}

export interface Blobs {
  /** Idempotent. Rejects with {@link BlobError} "full". */
  readonly put: (bytes: Uint8Array) => Promise<BlobId>;
  /**
   * Undefined when it is not there; rejects with "corrupt" when the bytes are not those of the id.
   */
  readonly get: (id: BlobId) => Promise<Uint8Array | undefined>;
  /**
   * {@link Blobs.put} for what comes in pieces, without holding all of it. Rejects with "other" and
   * keeps nothing when the bytes are not those of `expected`. Stores that need the whole have none.
   */
  readonly putPieces?: (pieces: AsyncIterable<Uint8Array>, expected?: string) => Promise<KeptBlob>;
  readonly has: (id: BlobId) => Promise<boolean>;
}

export class BlobError extends Error {
  override readonly name = "BlobError";
  readonly reason: "full" | "corrupt" | "down" | "too-large" | "other";
  constructor(reason: BlobError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
