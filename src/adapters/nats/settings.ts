/**
 * What all parts of a network have to agree about, as its operator published it: one value that
 * everybody may read, signed by the key that also signs the tokens of edges and nodes. So a part
 * knows the signer from its own token, and whoever can write the value (the core's key can) still
 * cannot change what it says.
 */
import { createHash } from "node:crypto";
import { type KV, Kvm } from "@nats-io/kv";
import { NatsError } from "./connection.ts";
import { faultOf } from "./faults.ts";
import { type Sign, verifierOf } from "./keys.ts";
import type { Link } from "./link.ts";
import type { Names } from "./names.ts";

export interface Release {
  /** Counts up with each change. */
  readonly version: number;
  /** The settings; what they mean is the application's business. */
  readonly text: string;
}

export interface Published extends Release {
  /** When, milliseconds since the epoch. */
  readonly atMs: number;
  readonly hash: string;
  /** Of the bucket: who publishes the next version says which one it replaces. */
  readonly revision: number;
}

/** Who may publish, and the key by which the others know it. */
export interface SettingsAuthority {
  readonly publicKey: string;
  readonly sign?: Sign;
}

interface Payload extends Release {
  readonly format: number;
  readonly atMs: number;
}

const FORMAT = 1;
/** Among the keys of principals, whose roles have other names: all who may read those read it. */
const KEY = "settings.network";

export class SettingsStore {
  private readonly bucket: KV;
  private readonly network: string;
  private readonly authority: SettingsAuthority;

  private constructor(bucket: KV, network: string, authority: SettingsAuthority) {
    this.bucket = bucket;
    this.network = network;
    this.authority = authority;
  }

  static async on(
    { client }: Link,
    names: Names,
    authority: SettingsAuthority,
  ): Promise<SettingsStore> {
    const bucket = await new Kvm(client).open(names.keyBucket, { allow_direct: false });
    return new SettingsStore(bucket, names.network, authority);
  }

  /** Undefined where there are none. Rejects with a sentence what is not the operator's. */
  async latest(): Promise<Published | undefined> {
    const found = await this.bucket.get(KEY);
    if (found === null) return undefined;
    const { signed, signature } = partsOf(found.string());
    const bytes = Buffer.from(signature, "base64url");
    const isRight = await verifierOf(this.authority.publicKey)(this.signedBytes(signed), bytes);
    if (!isRight) throw notTheOperators();
    const { version, atMs, text } = payloadOf(signed);
    return { version, atMs, text, hash: hashOf(text), revision: found.revision };
  }

  /** Of the bucket, 0 where there is nothing: for whoever replaces also what is not signed. */
  async revision(): Promise<number> {
    return (await this.bucket.get(KEY))?.revision ?? 0;
  }

  /** Rejects with a sentence when somebody published since `revision` was read. */
  async publish({ version, text }: Release, revision: number): Promise<Published> {
    const { sign } = this.authority;
    if (sign === undefined) throw new TypeError("only the operator publishes settings");
    const atMs = Date.now();
    const signed = JSON.stringify({ format: FORMAT, version, atMs, text } satisfies Payload);
    const signature = sign(this.signedBytes(signed)).toString("base64url");
    const value = JSON.stringify({ signed, signature });
    try {
      const next =
        revision === 0
          ? await this.bucket.create(KEY, value)
          : await this.bucket.update(KEY, value, revision);
      return { version, atMs, text, hash: hashOf(text), revision: next };
    } catch (error) {
      if (faultOf(error) !== "conflict") throw error;
      throw new NatsError(
        "Somebody else published settings of the network at the same moment: look at them with " +
          "pingo gateway settings show, then try again.",
        { cause: error },
      );
    }
  }

  /** With what they are for: a signature is worth nothing for another network or as a token. */
  private signedBytes(signed: string): Buffer {
    return Buffer.from(`${this.network} settings\n${signed}`, "utf8");
  }
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function partsOf(value: string): { readonly signed: string; readonly signature: string } {
  try {
    const { signed, signature } = JSON.parse(value) as Record<string, unknown>;
    if (typeof signed === "string" && typeof signature === "string") return { signed, signature };
  } catch {
    // the sentence is the same
  }
  throw notTheOperators();
}

function payloadOf(signed: string): Payload {
  const { format, version, atMs, text } = JSON.parse(signed) as Payload;
  if (format > FORMAT) {
    throw new NatsError(
      "The network's settings were published by a later version of PinGo: update this one.",
    );
  }
  return { format, version, atMs, text };
}

function notTheOperators(): NatsError {
  return new NatsError(
    "The settings on the server are not signed by the network's operator: somebody has changed " +
      "them; the operator puts them right with pingo gateway settings publish.",
  );
}
