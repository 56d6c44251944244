/**
 * Where a client finds the gateway and its token: flags, environment, then the file in which
 * `pingo up` and `pingo gateway token` leave tokens for this user, by the gateway's address.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Schema } from "effect";
import { writePrivate } from "../gateway/private-file.ts";
import { PinGoError } from "./error.ts";

const DEFAULT_URL = "http://127.0.0.1:7460";

export interface Given {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The address without a path at its end. */
export function gatewayUrl(given: string | undefined, env: Environment = process.env): string {
  const text = given ?? present(env.PINGO_URL) ?? DEFAULT_URL;
  try {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") return url.origin;
  } catch {
    // told below
  }
  throw new PinGoError(`${text} is no gateway's address; give one such as ${DEFAULT_URL}`, {
    code: "url",
    field: "url",
  });
}

export function tokenFor(url: string, env: Environment = process.env): string {
  const found =
    present(env.PINGO_TOKEN) ?? tokenOfFile(present(env.PINGO_TOKEN_FILE)) ?? knownToken(url, env);
  if (found !== undefined) return found;
  throw new PinGoError(
    `there is no token for ${url} on this machine; pingo up leaves one, or set PINGO_TOKEN_FILE ` +
      "to a file with the token that the operator gave you",
    { code: "no-token" },
  );
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

function tokenOfFile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new PinGoError(`the token file ${path} cannot be read; check PINGO_TOKEN_FILE`, {
      code: "no-token",
      field: "PINGO_TOKEN_FILE",
    });
  }
}

const KnownTokens = Schema.parseJson(
  Schema.Struct({
    version: Schema.Literal(1),
    tokens: Schema.Record({ key: Schema.String, value: Schema.String }),
  }),
);

/** Beside the state of `pingo up`, whatever folder that was given. */
function knownTokensFile(env: Environment = process.env): string {
  const own = present(env.PINGO_HOME);
  if (own !== undefined) return join(own, "known-tokens.json");
  const states = present(env.XDG_STATE_HOME);
  return states === undefined
    ? join(homedir(), ".pingo", "known-tokens.json")
    : join(states, "pingo", "known-tokens.json");
}

export function knownToken(url: string, env: Environment = process.env): string | undefined {
  const path = knownTokensFile(env);
  if (!existsSync(path)) return undefined;
  return read(path)[url];
}

/** Keeps a token so that this user's commands find it; nobody else may read the file. */
export function keepToken(url: string, token: string, env: Environment = process.env): void {
  const path = knownTokensFile(env);
  const tokens = { ...(existsSync(path) ? read(path) : {}), [url]: token };
  writePrivate(path, `${Schema.encodeSync(KnownTokens)({ version: 1, tokens })}\n`);
}

function read(path: string): Readonly<Record<string, string>> {
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new PinGoError(`others may read the tokens in ${path}; run chmod 600 ${path}`, {
      code: "no-token",
      field: path,
    });
  }
  try {
    return Schema.decodeSync(KnownTokens)(readFileSync(path, "utf8")).tokens;
  } catch {
    throw new PinGoError(`${path} is no file of tokens; delete it and start pingo up again`, {
      code: "no-token",
      field: path,
    });
  }
}
