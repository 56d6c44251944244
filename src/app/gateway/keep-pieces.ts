/** Puts an upload into the blobs as it comes; a store that wants the whole has it collected. */
import { createHash } from "node:crypto";
import { BlobError, type Blobs, type KeptBlob } from "../../live/blobs.ts";

export async function keepPieces(
  blobs: Blobs,
  pieces: AsyncIterable<Uint8Array>,
  expected: string | undefined,
): Promise<KeptBlob> {
  if (blobs.putPieces !== undefined) return blobs.putPieces(pieces, expected);
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  const whole = Buffer.concat(all);
  const hash = createHash("sha256").update(whole).digest("hex");
  if (expected !== undefined && hash !== expected) {
    throw new BlobError("other", "the bytes are not those of the id");
  }
  return { id: await blobs.put(whole), bytes: whole.length };
}
