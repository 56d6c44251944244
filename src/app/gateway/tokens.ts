/**
 * Bearer tokens: who made a request and what it may do. Only hashes are kept, so whoever reads the
 * file cannot use what is in it. The file is read again when it changes: a revocation counts at
 * once.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, existsSync, statSync } from "node:fs";
import { Schema } from "effect";
import { refuse } from "../../adapters/http/problem.ts";
import { Role } from "../../adapters/http/shapes.ts";
import { readText } from "../files.ts";
import { CommandError } from "../outcome.ts";
import { writePrivate } from "./private-file.ts";

const Token = Schema.Struct({
  id: Schema.String,
  /** SHA-256 of the whole token, hexadecimal. */
  hash: Schema.String,
  role: Role,
  /** On whose account a requester works; null for roles that have none. */
  contributor: Schema.NullOr(Schema.String),
  note: Schema.String,
  createdUs: Schema.Int,
  expiresUs: Schema.Int,
  revoked: Schema.NullOr(Schema.Struct({ atUs: Schema.Int, reason: Schema.String })),
});
export type Token = typeof Token.Type;

const TokenFile = Schema.parseJson(
  Schema.Struct({ version: Schema.Literal(1), tokens: Schema.Array(Token) }),
);

const form = /^pingo_([a-z2-7]{8})_[A-Za-z0-9_-]{43}$/;
/** The same for texts in which a token may hide, such as a line of a log. */
export const secretInText = /pingo_([a-z2-7]{8})_[A-Za-z0-9_-]+/g;

export interface NewToken {
  readonly role: Role;
  readonly contributor: string | null;
  readonly note: string;
  readonly nowUs: number;
  readonly forUs: number;
}

export class Tokens {
  private readonly path: string;
  private readAt = "";
  private tokens = new Map<string, Token>();

  constructor(path: string) {
    this.path = path;
  }

  /** The only time that the secret is seen. */
  create(wanted: NewToken): { readonly token: Token; readonly secret: string } {
    const id = idOf(randomBytes(5));
    const secret = `pingo_${id}_${randomBytes(32).toString("base64url")}`;
    const { role, contributor, note, nowUs, forUs } = wanted;
    const token: Token = {
      id,
      hash: hashOf(secret).toString("hex"),
      role,
      contributor,
      note,
      createdUs: nowUs,
      expiresUs: nowUs + forUs,
      revoked: null,
    };
    this.refresh();
    this.write([...this.tokens.values(), token]);
    return { token, secret };
  }

  list(): ReadonlyArray<Token> {
    this.refresh();
    return [...this.tokens.values()];
  }

  /** Undefined when there is no such token. */
  revoke(id: string, reason: string, nowUs: number): Token | undefined {
    this.refresh();
    const token = this.tokens.get(id);
    if (token === undefined) return undefined;
    const revoked = { ...token, revoked: token.revoked ?? { atUs: nowUs, reason } };
    this.write([...this.tokens.values()].map((each) => (each.id === id ? revoked : each)));
    return revoked;
  }

  /** The token behind a secret, or the reason why there is none. */
  check(secret: string, nowUs: number): Token {
    this.refresh();
    const id = form.exec(secret)?.[1];
    const token = id === undefined ? undefined : this.tokens.get(id);
    if (token === undefined) {
      throw refuse(
        401,
        "no-token",
        "this needs a token of this gateway; make one with pingo gateway token create",
      );
    }
    if (!timingSafeEqual(hashOf(secret), Buffer.from(token.hash, "hex"))) {
      throw refuse(401, "forged-token", `this is not the secret of token ${token.id}`);
    }
    if (token.revoked !== null) {
      throw refuse(
        401,
        "revoked-token",
        `token ${token.id} was revoked: ${token.revoked.reason}; ask the operator for another`,
      );
    }
    if (nowUs >= token.expiresUs) {
      const ended = new Date(token.expiresUs / 1_000).toISOString();
      throw refuse(
        401,
        "expired-token",
        `token ${token.id} expired at ${ended}; make another with pingo gateway token create`,
      );
    }
    return token;
  }

  private refresh(): void {
    if (!existsSync(this.path)) {
      this.tokens = new Map();
      this.readAt = "";
      return;
    }
    const { mtimeMs, size, ino } = statSync(this.path);
    const stamp = `${ino}:${mtimeMs}:${size}`;
    if (stamp === this.readAt) return;
    try {
      const { tokens } = Schema.decodeSync(TokenFile)(readText(this.path, "the tokens"));
      this.tokens = new Map(tokens.map((token) => [token.id, token]));
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(
        `${this.path} is no list of tokens; put back a copy, or delete it and make new tokens`,
        { code: "tokens", field: this.path },
      );
    }
    chmodSync(this.path, 0o600);
    this.readAt = stamp;
  }

  private write(tokens: ReadonlyArray<Token>): void {
    writePrivate(this.path, Schema.encodeSync(TokenFile)({ version: 1, tokens }));
    this.refresh();
  }
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

const letters = "abcdefghijklmnopqrstuvwxyz234567";

/** Eight letters for five bytes: they can be read out on the telephone. */
function idOf(bytes: Buffer): string {
  let bits = BigInt(`0x${bytes.toString("hex")}`);
  let id = "";
  for (let i = 0; i < 8; i++) {
    id += letters[Number(bits & 31n)];
    bits >>= 5n;
  }
  return id;
}
