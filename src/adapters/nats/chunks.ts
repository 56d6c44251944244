/**
 * Keeps what is larger than a message: pieces under subjects of their own, several on their way at
 * once. The piece that makes the whole valid is its keeper's business and is written last.
 */
import type { JetStreamClient } from "@nats-io/jetstream";
import { MAX_PAYLOAD } from "./server-config.ts";

/** Part of the format of blobs: another size is another format. */
export const CHUNK_BYTES = MAX_PAYLOAD / 4;
const AT_ONCE = 8;

export function chunkCount(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

export function chunkOf(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
}

/** Runs `each` for 0 to count - 1, a few at a time; rejects with the first failure. */
export async function forEachChunk(
  count: number,
  each: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await each(next++);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, lane));
}

export async function putChunks(
  client: JetStreamClient,
  subject: string,
  chunks: {
    readonly count: number;
    readonly at: (index: number) => Uint8Array | Promise<Uint8Array>;
  },
): Promise<void> {
  await forEachChunk(chunks.count, async (index) => {
    await client.publish(`${subject}.${index}`, await chunks.at(index));
  });
}
