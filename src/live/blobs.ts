/**
 * The port that keeps models, inputs and results by their content. An id is the SHA-256 of the
 * bytes in hexadecimal, so whoever reads a blob can tell that it is the right one.
 */
export type BlobId = string & { readonly BlobId: unique symbol };

/** Undefined for a text that is no id: what comes from outside never becomes a path unchecked. */
export function blobId(text: string): BlobId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as BlobId) : undefined;
}

export interface Blobs {
  /** Idempotent. Rejects with {@link BlobError} "full". */
  readonly put: (bytes: Uint8Array) => Promise<BlobId>;
  /**
   * Undefined when it is not there; rejects with "corrupt" when the bytes are not those of the id.
   */
  readonly get: (id: BlobId) => Promise<Uint8Array | undefined>;
  readonly has: (id: BlobId) => Promise<boolean>;
}

export class BlobError extends Error {
  override readonly name = "BlobError";
  readonly reason: "full" | "corrupt" | "down" | "too-large";
  constructor(reason: BlobError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
