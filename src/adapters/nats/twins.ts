/**
 * Finds out whether another process runs with the same key. A node's lease is a file of its own
 * machine, so a copy of its key on a second machine meets no lease; both would take each other's
 * messages and lose half of them. The two share one thing that nobody else may listen at: where
 * answers to their questions arrive. A node may not publish there, so it lets the server do it, by
 * naming that place as the one where a question is to be answered; what it has to say is signed and
 * in the name of the place.
 */
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { inboxPrefixOf } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import { publicKeyOf, type Sign, signerOf, type Verify, verifierOf } from "./keys.ts";
import { type Names, tokensOf } from "./names.ts";

interface Word {
  readonly kind: "asks" | "here";
  /** Of whoever asks; an answer repeats it. */
  readonly nonce: string;
  readonly holder: string;
  /** Of two that ask at the same moment the one that began first stays. */
  readonly sinceMs: number;
}

interface TwinParts {
  readonly nc: NatsConnection;
  readonly credentials: Credentials;
  readonly names: Names;
}

export interface TwinSettings {
  /** Name of this process. */
  readonly holder: string;
  /** Another process asked whether this one is there. */
  readonly met: (holder: string) => void;
  readonly waitMs?: number;
}

const WAIT_MS = 1_000;

export class Twins {
  private readonly parts: TwinParts;
  private readonly settings: TwinSettings;
  private readonly prefix: string;
  private readonly sign: Sign;
  private readonly verify: Verify;
  private readonly subscription: Subscription;
  private readonly sinceMs = Date.now();
  private readonly nonce = crypto.randomUUID();
  private found: (holder: string) => void = () => {};
  private isAsking = false;

  private constructor(parts: TwinParts, settings: TwinSettings) {
    this.parts = parts;
    this.settings = settings;
    const { seed } = parts.credentials;
    this.prefix = `${inboxPrefixOf(parts.credentials)}.twin`;
    this.sign = signerOf(seed);
    this.verify = verifierOf(publicKeyOf(seed));
    this.subscription = parts.nc.subscribe(`${this.prefix}.*.*`);
  }

  /** Listens until it is stopped, so that another one that starts later finds this one. */
  static async on(parts: TwinParts, settings: TwinSettings): Promise<Twins> {
    const twins = new Twins(parts, settings);
    twins.listen().catch(() => {});
    await parts.nc.flush();
    return twins;
  }

  /** Name of another process that runs with this key; undefined when none answers. */
  async other(): Promise<string | undefined> {
    const found = new Promise<string>((resolve) => {
      this.found = resolve;
    });
    this.isAsking = true;
    this.say("asks", this.nonce);
    let timer: NodeJS.Timeout | undefined;
    const nobody = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.settings.waitMs ?? WAIT_MS);
    });
    try {
      return await Promise.race([found, nobody]);
    } finally {
      clearTimeout(timer);
      this.isAsking = false;
    }
  }

  stop(): void {
    this.subscription.unsubscribe();
  }

  private say(kind: Word["kind"], nonce: string): void {
    const { nc, names, credentials } = this.parts;
    const { holder } = this.settings;
    const word: Word = { kind, nonce, holder, sinceMs: this.sinceMs };
    const text = Buffer.from(JSON.stringify(word)).toString("base64url");
    const reply = `${this.prefix}.${text}.${this.sign(signedBytes(text)).toString("base64url")}`;
    const key = `$KV.${names.keyBucket}.${tokensOf(credentials.principal)}`;
    const question = `${names.hubApi}.STREAM.MSG.GET.KV_${names.keyBucket}`;
    nc.publish(question, JSON.stringify({ last_by_subj: key }), { reply });
  }

  private async listen(): Promise<void> {
    for await (const message of this.subscription) await this.hear(message);
  }

  private async hear({ subject }: Msg): Promise<void> {
    const [signature = "", text = ""] = subject.split(".").reverse();
    // anybody may have the server answer here; only the key signs
    if (!(await this.verify(signedBytes(text), Buffer.from(signature, "base64url")))) return;
    const word = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Word;
    const { kind, nonce, holder, sinceMs } = word;
    if (holder === this.settings.holder) return;
    if (kind === "here") {
      if (nonce === this.nonce && this.isAsking) this.found(holder);
      return;
    }
    if (this.isAsking && (sinceMs - this.sinceMs || compare(holder, this.settings.holder)) < 0) {
      this.found(holder);
      return;
    }
    this.say("here", nonce);
    this.settings.met(holder);
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}

function signedBytes(text: string): Buffer {
  return Buffer.from(`pingo twin\n${text}`, "utf8");
}
