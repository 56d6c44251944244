/**
 * Which key speaks for which principal. The operator writes it into a bucket that everybody may
 * read; a receiver asks when it first hears a sender and again after a while, so a key that was
 * taken away stops counting soon, whatever its token still says. While the bucket cannot be asked
 * a known key goes on counting for a while: its holder's connection ended with its expulsion.
 */
import { type KV, Kvm } from "@nats-io/kv";
import { type Verify, verifierOf } from "./keys.ts";
import type { Link } from "./link.ts";
import { type Names, type Principal, tokensOf } from "./names.ts";

export interface KeyRegistry {
  /** Undefined: nobody is known by this name, or its key was taken away. Rejects while down. */
  readonly keyOf: (principal: Principal) => Promise<Verify | undefined>;
}

const FRESH_MS = 15_000;
const UNKNOWN_FRESH_MS = 2_000;
/** How long a key counts that cannot be asked for again, and between two tries meanwhile. */
const STALE_MS = 60_000;
const RETRY_MS = 2_000;
/** Names that strangers make up must not fill the memory. */
const REMEMBERED = 50_000;

interface Known {
  readonly verify: Verify | undefined;
  readonly untilMs: number;
  readonly confirmedMs: number;
}

export class BucketKeys implements KeyRegistry {
  private readonly bucket: KV;
  private readonly known = new Map<string, Known>();

  private constructor(bucket: KV) {
    this.bucket = bucket;
  }

  static async on({ client }: Link, names: Names): Promise<BucketKeys> {
    const { keyBucket } = names;
    const bucket = await new Kvm(client).open(keyBucket, { allow_direct: false });
    return new BucketKeys(bucket);
  }

  async keyOf(principal: Principal): Promise<Verify | undefined> {
    const name = tokensOf(principal);
    const known = this.known.get(name);
    if (known !== undefined && known.untilMs > Date.now()) return known.verify;
    try {
      const found = await this.bucket.get(name);
      const verify = found === null ? undefined : verifierIn(found.string());
      const nowMs = Date.now();
      const freshMs = verify === undefined ? UNKNOWN_FRESH_MS : FRESH_MS;
      this.remember(name, { verify, untilMs: nowMs + freshMs, confirmedMs: nowMs });
      return verify;
    } catch (error) {
      if (known?.verify === undefined || Date.now() > known.confirmedMs + STALE_MS) throw error;
      this.remember(name, { ...known, untilMs: Date.now() + RETRY_MS });
      return known.verify;
    }
  }

  private remember(name: string, known: Known): void {
    this.known.delete(name);
    this.known.set(name, known);
    if (this.known.size > REMEMBERED) this.known.delete(this.known.keys().next().value ?? "");
  }

  /** The public key itself; undefined where there is none any more. */
  async publicKeyOf(principal: Principal): Promise<string | undefined> {
    const found = await this.bucket.get(tokensOf(principal));
    return found === null ? undefined : keyIn(found.string());
  }

  /** For the operator: this key, and no other, speaks for the principal from now on. */
  async enrol(principal: Principal, publicKey: string): Promise<void> {
    verifierOf(publicKey);
    await this.bucket.put(tokensOf(principal), JSON.stringify({ key: publicKey }));
    this.known.delete(tokensOf(principal));
  }

  /** For the operator: nothing signed by the principal's key is believed any more. */
  async revoke(principal: Principal): Promise<void> {
    await this.bucket.put(tokensOf(principal), JSON.stringify({ key: null }));
    this.known.delete(tokensOf(principal));
  }
}

function keyIn(text: string): string | undefined {
  try {
    const { key } = JSON.parse(text) as { readonly key?: unknown };
    return typeof key === "string" ? key : undefined;
  } catch {
    return undefined;
  }
}

function verifierIn(text: string): Verify | undefined {
  const key = keyIn(text);
  try {
    return key === undefined ? undefined : verifierOf(key);
  } catch {
    return undefined;
  }
}
