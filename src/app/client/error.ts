/** What a client is told when something goes wrong: one sentence, and for programs a code. */

import { ParseResult, Schema, type SchemaAST } from "effect";
import { codeOf, Problem } from "../../adapters/http/problem.ts";
import { decodeComplaint } from "../../sim/scenario/explain-error.ts";
import { dotted } from "../../sim/scenario/nearest-key.ts";

export interface PinGoErrorDetails {
  /** "unreachable", "not-a-gateway", or the code of the gateway's problem such as "too-many". */
  readonly code: string;
  readonly status?: number | undefined;
  readonly field?: string | undefined;
  readonly allowed?: ReadonlyArray<string> | undefined;
  readonly retryAfterS?: number | undefined;
}

export class PinGoError extends Error {
  override readonly name = "PinGoError";
  readonly details: PinGoErrorDetails;
  constructor(message: string, details: PinGoErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.details = details;
  }

  get code(): string {
    return this.details.code;
  }
}

const isProblem = Schema.is(Problem);

/** Whatever a request failed with, in words. */
export function inWords(error: unknown, url: string): PinGoError {
  if (error instanceof PinGoError) return error;
  if (isProblem(error)) return ofProblem(error);
  const cause = deepest(error);
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const sentence = unreachable(code, url);
  if (sentence !== undefined) {
    return new PinGoError(sentence, { code: "unreachable" }, { cause: error });
  }
  const tag = (error as { readonly _tag?: string })._tag;
  if (tag === "ResponseError" || tag === "ParseError" || cause instanceof SyntaxError) {
    return new PinGoError(
      `${url} answers, but not as a PinGo gateway does; check --url or PINGO_URL`,
      { code: "not-a-gateway" },
      { cause: error },
    );
  }
  const words = cause instanceof Error ? cause.message : String(cause);
  return new PinGoError(
    `the gateway at ${url} cannot be asked: ${words}`,
    { code: "unreachable" },
    { cause: error },
  );
}

/** What was asked for does not fit the interface, seen before anything was sent. */
export function unfit(error: unknown): PinGoError | undefined {
  if (!ParseResult.isParseError(error)) return undefined;
  const { ast, actual } = error.issue as { readonly ast: SchemaAST.AST; readonly actual: unknown };
  const { path, sentence, allowed } = decodeComplaint(ast, actual, error);
  const field = dotted(path);
  const own = ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.message ?? "";
  const isOwn = own.startsWith("expected ") || sentence.includes("something else");
  const words = isOwn ? `${field}: ${lowerFirst(own)}` : sentence.replace(/(the|a) scenario/, "it");
  return new PinGoError(words, { code: "misshapen", field, allowed }, { cause: error });
}

const lowerFirst = (text: string) =>
  `${text.charAt(0).toLowerCase()}${text.slice(1, 200)}${text.length > 200 ? "…" : ""}`;

export function ofProblem(problem: Problem): PinGoError {
  const { detail, status, field, allowed, retryAfterS } = problem;
  return new PinGoError(detail, { code: codeOf(problem), status, field, allowed, retryAfterS });
}

function deepest(error: unknown): unknown {
  let found = error;
  for (let depth = 0; depth < 10; depth++) {
    const { cause } = found as { readonly cause?: unknown };
    if (cause === undefined || cause === null || typeof cause !== "object") return found;
    found = cause;
  }
  return found;
}

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

function unreachable(code: string, url: string): string | undefined {
  switch (code) {
    case "ECONNREFUSED":
      return `no gateway answers at ${url}; start a network with pingo up, or set PINGO_URL`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `there is no machine of the name in ${url}; check --url or PINGO_URL`;
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
      return `the line to ${url} broke; try again, and see whether the gateway still runs`;
    default:
      if (untrusted.has(code)) {
        return (
          `the certificate of ${url} is not trusted (${code}); name its authority's file in ` +
          "NODE_EXTRA_CA_CERTS"
        );
      }
      // what speaks TLS to a plain port, or the other way round
      if (code === "EPROTO" || code.startsWith("ERR_SSL") || code.startsWith("HPE_")) {
        return `${url} does not speak this protocol; try ${otherProtocol(url)}`;
      }
      return undefined;
  }
}

function otherProtocol(url: string): string {
  return url.startsWith("https:") ? url.replace("https:", "http:") : url.replace("http:", "https:");
}
