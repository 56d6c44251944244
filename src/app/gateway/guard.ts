/**
 * The gateway's door: rates, deny list, tokens, roles, and the audit line of what was done. It is
 * the only place that decides whether a request may go on.
 */
import { codeOf, Refused, refuse } from "../../adapters/http/problem.ts";
import type { Call, Origin } from "../../adapters/http/service.ts";
import type { AuditLog } from "./audit-log.ts";
import type { DenyList } from "./deny-list.ts";
import { type Rate, RateLimit } from "./rate-limit.ts";
import { may, type Permission, rolesThatMay } from "./roles.ts";
import type { Tokens } from "./tokens.ts";

export interface Rates {
  readonly perAddress: Rate;
  readonly perToken: Rate;
  /** Tokens that are not valid, each address. */
  readonly failures: Rate;
}

export const defaultRates: Rates = {
  perAddress: { perSecond: 400, burst: 800 },
  perToken: { perSecond: 200, burst: 400 },
  failures: { perSecond: 0.5, burst: 20 },
};

export interface GuardParts {
  readonly tokens: Tokens;
  readonly denyList: DenyList;
  readonly audit: AuditLog;
  readonly rates: Rates;
  /** What cannot be written is told to the operator. */
  readonly report: (what: string, error: unknown) => void;
}

export class Guard {
  private readonly parts: GuardParts;
  private readonly addresses: RateLimit;
  private readonly perToken: RateLimit;
  private readonly failures: RateLimit;

  constructor(parts: GuardParts) {
    this.parts = parts;
    this.addresses = new RateLimit(parts.rates.perAddress);
    this.perToken = new RateLimit(parts.rates.perToken);
    this.failures = new RateLimit(parts.rates.failures);
  }

  admit({ remote }: Origin): void {
    const waitS = this.addresses.take(askerOf(remote), performance.now());
    if (waitS > 0) throw tooMany(waitS, "this address asks");
    this.parts.denyList.check("address", remote, nowUs());
  }

  authenticate(origin: Origin, secret: string): Call {
    const asker = askerOf(origin.remote);
    try {
      const token = this.parts.tokens.check(secret, nowUs());
      const waitS = this.perToken.take(token.id, performance.now());
      if (waitS > 0) throw tooMany(waitS, `token ${token.id} is used`);
      this.parts.denyList.check("token", token.id, nowUs());
      if (token.contributor !== null) {
        this.parts.denyList.check("contributor", token.contributor, nowUs());
      }
      const { role, contributor, expiresUs } = token;
      return { ...origin, token: token.id, role, contributor, expiresUs };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem.status === 401) {
        const waitS = this.failures.take(asker, performance.now());
        if (waitS > 0) throw tooMany(waitS, "tokens that are not valid come from this address");
      }
      // nonsense is only counted: it must not fill the log; a token that was real once is noted
      if (error.problem.status !== 429 && codeOf(error.problem) !== "no-token") {
        this.note(nobody(origin), "token.check", "", codeOf(error.problem));
      }
      throw error;
    }
  }

  /** Throws, and notes it, when the role does not have the permission. */
  need(call: Call, permission: Permission): void {
    if (may(call.role, permission)) return;
    this.note(call, permission, "", "role");
    throw refuse(
      403,
      "role",
      `a token of the role ${call.role} may not do this (${permission}); it takes ` +
        rolesThatMay(permission).join(" or "),
      { field: "role", allowed: rolesThatMay(permission) },
    );
  }

  /** Notes what was done and resolves once the note is on the disk. */
  done(call: Call, action: string, target: string): Promise<void> {
    return this.parts.audit.append(entryOf(call, action, target, "done"));
  }

  /** Notes what was found done after a start; whether it was noted before is not known. */
  recovered(by: Pick<Noted, "token" | "contributor">, action: string, target: string) {
    const call = { request: "", remote: "", role: null, ...by };
    return this.parts.audit.append(entryOf(call, action, target, "recovered"));
  }

  /** Notes what was refused; nobody waits for it. */
  note(call: Noted, action: string, target: string, outcome: string): void {
    this.parts.audit
      .append(entryOf(call, action, target, outcome))
      .catch((error: unknown) => this.parts.report("the audit log cannot be written", error));
  }
}

type Noted = Origin & {
  readonly token: string | null;
  readonly role: string | null;
  readonly contributor: string | null;
};

function nobody(origin: Origin): Noted {
  return { ...origin, token: null, role: null, contributor: null };
}

function entryOf(
  call: Omit<Noted, "method" | "path" | "trace">,
  action: string,
  target: string,
  outcome: string,
) {
  const { request, remote, token, role, contributor } = call;
  return { atUs: nowUs(), request, remote, token, role, contributor, action, target, outcome };
}

function tooMany(waitS: number, who: string): Refused {
  return refuse(429, "too-many", `${who} too often; try again in ${waitS} s`, {
    retryAfterS: waitS,
  });
}

export function nowUs(): number {
  return Date.now() * 1_000;
}

/** One home has a whole /64 of IPv6: it is one asker. */
export function askerOf(remote: string): string {
  if (!remote.includes(":") || remote.startsWith("::ffff:")) return remote;
  const [head = "", tail] = remote.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail === undefined) return groups.slice(0, 4).join(":");
  return [...groups, "0", "0", "0", "0"].slice(0, 4).join(":");
}
