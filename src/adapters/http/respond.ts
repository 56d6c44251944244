/** Turns whatever went wrong in a request into one problem+json answer. */
import { HttpServerError, HttpServerResponse } from "@effect/platform";
import { Cause } from "effect";
import { PROBLEM_JSON, type Problem, problem, Refused } from "./problem.ts";
import type { Trail } from "./trail.ts";

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Problem).type === "string" &&
    (value as Problem).type.startsWith("urn:pingo:problem:")
  );
}

/** The problem behind a failure; undefined when nobody foresaw it. */
function foreseen(error: unknown): Problem | undefined {
  if (error instanceof Refused) return error.problem;
  if (isProblem(error)) return error;
  if (error instanceof HttpServerError.RouteNotFound) {
    return problem(
      404,
      "no-such-address",
      "there is nothing at this address with this method; /openapi.json lists what there is",
    );
  }
  if (error instanceof HttpServerError.RequestError) return unreadable(error);
  if (typeof error === "object" && error !== null && "_tag" in error) {
    if (error._tag === "HttpApiDecodeError") return misshapen(error as unknown as DecodeError);
  }
  return undefined;
}

interface DecodeError {
  readonly issues: ReadonlyArray<{
    readonly path: ReadonlyArray<PropertyKey>;
    readonly message: string;
    readonly _tag: string;
  }>;
}

function misshapen({ issues }: DecodeError): Problem {
  // an absent key that may be absent is never the reason, whatever a union says of it
  const issue = issues.find(({ message }) => !message.startsWith("Expected undefined"));
  const field = issue?.path.map(String).join(".");
  const words = issue === undefined ? "it does not have the wanted form" : inWords(issue.message);
  const detail =
    field === undefined || field === ""
      ? `the request does not fit: ${words}; /openapi.json says what is expected`
      : `${field}: ${words}; /openapi.json says what is expected`;
  return problem(400, "misshapen", detail, { field: field === "" ? undefined : field });
}

const WORDS_MAX = 200;

/** A schema's own complaint, on one line and no longer than what a person reads. */
function inWords(message: string): string {
  const [line = ""] = message.split("\n");
  const words = `${line.charAt(0).toLowerCase()}${line.slice(1)}`;
  return words.length <= WORDS_MAX ? words : `${words.slice(0, WORDS_MAX)} …`;
}

function unreadable(error: HttpServerError.RequestError): Problem {
  const cause = error.cause instanceof Error ? error.cause.message : "";
  if (cause.includes("maxBytes")) return tooLarge(undefined);
  if (error.cause instanceof SyntaxError) {
    return problem(400, "not-json", `the body is no JSON: ${inWords(cause)}`);
  }
  return problem(400, "unreadable", "the request broke off or cannot be read; send it again");
}

export function tooLarge(maxBytes: number | undefined): Problem {
  const most = maxBytes === undefined ? "" : ` of ${maxBytes} bytes`;
  return problem(
    413,
    "too-large",
    `the body is above the limit${most}; large inputs are uploaded as blobs and named in the job`,
  );
}

/** The answer to a request that failed, and a note of it in its trail. */
export function answerOf(
  cause: Cause.Cause<unknown>,
  trail: Trail,
): HttpServerResponse.HttpServerResponse {
  const failure = Cause.squash(cause);
  const known = foreseen(failure);
  if (known === undefined) trail.fault = failure;
  return problemResponse(known ?? unforeseen, trail);
}

const unforeseen = problem(
  500,
  "fault",
  "the gateway failed at this request; its log has the reason under the request id",
);

function problemResponse(found: Problem, trail: Trail): HttpServerResponse.HttpServerResponse {
  const body = asSeen(found, trail);
  return HttpServerResponse.text(JSON.stringify(body), {
    status: body.status,
    contentType: PROBLEM_JSON,
    headers: headersOf(body),
  });
}

/** Notes the problem in the trail and names the request in it. */
export function asSeen(found: Problem, trail: Trail): Problem {
  const body = { ...found, instance: `urn:pingo:request:${trail.origin.request}` };
  trail.problem = body;
  return body;
}

const closing: ReadonlySet<number> = new Set([408, 411, 413, 415]);

export function headersOf({ status, retryAfterS }: Problem): Record<string, string> {
  return {
    ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="pingo"' } : {}),
    // what is left of the body is not waited for
    ...(closing.has(status) ? { connection: "close" } : {}),
  };
}
