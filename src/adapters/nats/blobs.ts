/**
 * Blobs on the server: pieces under the name of their writer, read without a consumer, because who
 * may make a consumer may read everything. A piece is encrypted with a key that follows from the
 * blob's id, and lies under a name that does too: the server's direct reads take wildcards, so
 * anybody let in could fetch any piece, and only whoever knows the id may make sense of it.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { BlobError, type BlobId, type Blobs, type KeptBlob } from "../../live/blobs.ts";
import { CHUNK_BYTES, chunkCount, chunkOf, forEachChunk, putChunks } from "./chunks.ts";
import { faultOf, wordsOf } from "./faults.ts";
import type { Link } from "./link.ts";
import type { Names, Principal } from "./names.ts";
import { Spool } from "./spool.ts";

export interface NatsBlobsOptions {
  readonly names: Names;
  /** In whose name blobs are kept; nobody else can overwrite them. */
  readonly writer: Principal;
  readonly maxBytes?: number;
}

const MAX_BYTES = 512 * 1_048_576;
/** Writers of one blob that are tried before it counts as damaged. */
const WRITERS = 16;
const TAG_BYTES = 16;
const HEAD = 0xffff_ffff;

/** What follows from a blob's id and from nothing less. */
interface Secret {
  readonly name: string;
  readonly key: Buffer;
}

/** What is kept: its length, and its pieces of {@link CHUNK_BYTES}. */
interface Content {
  readonly bytes: number;
  readonly chunk: (index: number) => Uint8Array | Promise<Uint8Array>;
}

interface Found {
  readonly bytes: Uint8Array;
  readonly subject: string;
  readonly seq: number;
}

export class NatsBlobs implements Blobs {
  private readonly client: JetStreamClient;
  private readonly manager: JetStreamManager;
  private readonly options: NatsBlobsOptions;
  private readonly maxBytes: number;

  constructor({ client, manager }: Link, options: NatsBlobsOptions) {
    this.client = client;
    this.manager = manager;
    this.options = options;
    this.maxBytes = options.maxBytes ?? MAX_BYTES;
  }

  put(bytes: Uint8Array): Promise<BlobId> {
    if (bytes.length > this.maxBytes) {
      const words = `a blob of ${bytes.length} bytes; ${this.maxBytes} are the most`;
      return Promise.reject(new BlobError("too-large", words));
    }
    const id = sha256(bytes);
    const chunk = (index: number) => chunkOf(bytes, index);
    return this.keep(id, { bytes: bytes.length, chunk });
  }

  /** Some pieces are in memory at a time; all of them wait on disk until the id is known. */
  async putPieces(pieces: AsyncIterable<Uint8Array>, expected?: string): Promise<KeptBlob> {
    const spool = await Spool.of(pieces, this.maxBytes);
    try {
      const { id, bytes } = spool;
      if (expected !== undefined && id !== expected) {
        throw new BlobError("other", "the bytes are not those of the id");
      }
      const chunk = (index: number) => spool.read(index * CHUNK_BYTES, CHUNK_BYTES);
      return { id: await this.keep(id, { bytes, chunk }), bytes };
    } finally {
      await spool.close();
    }
  }

  private keep(id: BlobId, { bytes, chunk }: Content): Promise<BlobId> {
    return guarded(async () => {
      const { name, key } = secretOf(id);
      const subject = `${this.options.names.blobsOf(this.options.writer)}.${name}`;
      const mine = await this.find(`${subject}.head`);
      if (mine !== undefined && open(key, HEAD, mine.bytes) !== undefined) return id;
      const at = async (index: number) => seal(key, index, await chunk(index));
      await putChunks(this.client, subject, { count: chunkCount(bytes), at });
      // with the head the blob is there: without all its pieces it never is
      const head = Buffer.from(String(bytes));
      await this.client.publish(`${subject}.head`, seal(key, HEAD, head));
      return id;
    });
  }

  get(id: BlobId): Promise<Uint8Array | undefined> {
    return guarded(async () => {
      const { name, key } = secretOf(id);
      let damaged = false;
      for await (const head of this.heads(name)) {
        const bytes = await this.assemble(key, head);
        if (bytes !== undefined && sha256(bytes) === id) return bytes;
        damaged = true;
      }
      if (!damaged) return undefined;
      throw new BlobError("corrupt", `the bytes kept for ${id} are not its own`);
    });
  }

  has(id: BlobId): Promise<boolean> {
    return guarded(async () => {
      const { name, key } = secretOf(id);
      for await (const head of this.heads(name)) {
        if (open(key, HEAD, head.bytes) !== undefined) return true;
      }
      return false;
    });
  }

  /** The heads of all writers that kept it: one that lies must not hide the others. */
  private async *heads(name: string): AsyncGenerator<Found, void, undefined> {
    const subject = `${this.options.names.anyBlob}.${name}.head`;
    let seq = 1;
    for (let i = 0; i < WRITERS; i++) {
      const found = await this.find(subject, seq);
      if (found === undefined) return;
      yield found;
      seq = found.seq + 1;
    }
  }

  private async assemble(key: Buffer, head: Found): Promise<Uint8Array | undefined> {
    const size = Number(open(key, HEAD, head.bytes)?.toString() ?? Number.NaN);
    if (!Number.isSafeInteger(size) || size < 0 || size > this.maxBytes) return undefined;
    const bytes = new Uint8Array(size);
    const prefix = head.subject.slice(0, head.subject.lastIndexOf("."));
    let whole = true;
    await forEachChunk(chunkCount(size), async (index) => {
      const found = whole ? await this.find(`${prefix}.${index}`) : undefined;
      const piece = found === undefined ? undefined : open(key, index, found.bytes);
      if (piece?.length === chunkOf(bytes, index).length) bytes.set(piece, index * CHUNK_BYTES);
      else whole = false;
    });
    return whole ? bytes : undefined;
  }

  /** Any replica may answer; only the leader's word counts that there is nothing. */
  private async find(subject: string, seq = 1): Promise<Found | undefined> {
    const query = { seq, next_by_subj: subject };
    const stream = this.options.names.blobStream;
    const near = await this.manager.direct.getMessage(stream, query).catch(undefinedIfMissing);
    const found = near ?? (await this.manager.streams.getMessage(stream, query));
    if (found === null) return undefined;
    return { bytes: found.data, subject: found.subject, seq: found.seq };
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.status === 404) return undefined;
  throw error;
}

function sha256(bytes: Uint8Array): BlobId {
  return createHash("sha256").update(bytes).digest("hex") as BlobId;
}

function secretOf(id: BlobId): Secret {
  const derived = Buffer.from(
    hkdfSync("sha256", Buffer.from(id, "hex"), "", `pingo blob 1 ${CHUNK_BYTES}`, 48),
  );
  return { name: derived.subarray(0, 16).toString("hex"), key: derived.subarray(16) };
}

/** A key belongs to one content and an index to one piece of it: no pair seals two texts. */
function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
}

function seal(key: Buffer, index: number, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(index));
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined for what was not sealed with this key as this piece. */
function open(key: Buffer, index: number, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(index), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
    return Buffer.concat([bytes, decipher.final()]);
  } catch {
    return undefined;
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BlobError) throw error;
    const fault = faultOf(error);
    const reason = fault === "conflict" || fault === "refused" ? "down" : fault;
    throw new BlobError(reason, wordsOf(error), { cause: error });
  }
}
