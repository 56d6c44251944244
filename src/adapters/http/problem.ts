/**
 * What the gateway answers when it refuses: problem+json (RFC 9457), one clear sentence in
 * `detail`,
 * and for programs a `type`, the field at fault and the values that would do.
 */
import { HttpApiSchema } from "@effect/platform";
import { Schema } from "effect";

const statuses = [400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429, 500, 503] as const;
export type ProblemStatus = (typeof statuses)[number];

const titles: Readonly<Record<ProblemStatus, string>> = {
  400: "The request cannot be read",
  401: "No valid token",
  403: "Not allowed",
  404: "Not found",
  405: "This address does not do that",
  408: "Too slow",
  409: "In conflict with what is there",
  411: "Its length is wanted",
  413: "Too large",
  415: "Not a kind of body that is read here",
  422: "The request is understood and wrong",
  429: "Too many requests",
  500: "The gateway failed",
  503: "Not now",
};

const details = {
  /** `urn:pingo:problem:<code>`: the same code for the same fault, whatever the words. */
  type: Schema.String,
  title: Schema.String,
  /** One sentence that says what to do. */
  detail: Schema.String,
  /** `urn:pingo:request:<id>`: the id under which the gateway's log has the request. */
  instance: Schema.optional(Schema.String),
  /** The place in the body, such as `job.model`. */
  field: Schema.optional(Schema.String),
  allowed: Schema.optional(Schema.Array(Schema.String)),
  /** Whole seconds after which it is worth trying again; as the header Retry-After. */
  retryAfterS: Schema.optional(Schema.Int),
};

export const PROBLEM_JSON = "application/problem+json";

function problemOf<Status extends ProblemStatus>(status: Status) {
  return Schema.Struct({ status: Schema.Literal(status), ...details }).pipe(
    HttpApiSchema.withEncoding({ kind: "Json", contentType: PROBLEM_JSON }),
  );
}

/** Each status with its schema: the documents and the typed client know all of them. */
export const problems = {
  400: problemOf(400),
  401: problemOf(401),
  403: problemOf(403),
  404: problemOf(404),
  405: problemOf(405),
  408: problemOf(408),
  409: problemOf(409),
  411: problemOf(411),
  413: problemOf(413),
  415: problemOf(415),
  422: problemOf(422),
  429: problemOf(429),
  500: problemOf(500),
  503: problemOf(503),
} as const;

export const Problem = Schema.Struct({ status: Schema.Literal(...statuses), ...details });
export type Problem = typeof Problem.Type;

interface More {
  readonly field?: string | undefined;
  readonly allowed?: ReadonlyArray<string> | undefined;
  readonly retryAfterS?: number | undefined;
}

export function problem(
  status: ProblemStatus,
  code: string,
  detail: string,
  more: More = {},
): Problem {
  const { field, allowed, retryAfterS } = more;
  return {
    type: `urn:pingo:problem:${code}`,
    title: titles[status],
    status,
    detail,
    ...(field === undefined ? {} : { field }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  };
}

export function codeOf({ type }: Pick<Problem, "type">): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** What the gateway's own code throws to refuse; everything else that is thrown is our fault. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly problem: Problem;
  constructor(refusal: Problem) {
    super(refusal.detail);
    this.problem = refusal;
  }
}

export function refuse(
  status: ProblemStatus,
  code: string,
  detail: string,
  more: More = {},
): Refused {
  return new Refused(problem(status, code, detail, more));
}
