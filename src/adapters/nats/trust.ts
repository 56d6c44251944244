/**
 * The keys behind a network and what follows from them: the server's accounts, and a token for each
 * principal. Two accounts. The hub has the streams; the field, where everybody else is, reaches
 * them only through a few imports. One account would not do: a server answers a publisher on any
 * subject that it names, also on one that it may not publish to, and so into another's journal.
 */

import { createHmac } from "node:crypto";
import { encodeAccount, encodeOperator, encodeUser } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, fromSeed, type KeyPair } from "@nats-io/nkeys";
import type { NatsConnection } from "@nats-io/transport-node";
import { NatsError } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import { claimName } from "./credentials.ts";
import { signerOf } from "./keys.ts";
import { OWN_JETSTREAM } from "./link.ts";
import { Names, type Principal } from "./names.ts";
import { accountOf, permissionsOf } from "./permissions.ts";
import type { SettingsAuthority } from "./settings.ts";

/** Seeds: whoever has them is the operator. Kept in one file that nobody else may read. */
export interface Trust {
  readonly network: string;
  readonly operator: string;
  readonly system: string;
  readonly hub: string;
  readonly field: string;
  /** Users' public keys whose tokens count no more, and since when, seconds since the epoch. */
  readonly revoked: Readonly<Record<string, number>>;
}

/** What the servers of this operator's clusters say to one another. */
export function routeSecret({ operator }: Trust): string {
  return createHmac("sha256", operator).update("routes").digest("hex");
}

/** Who signs the network's settings: the key that edges and nodes know from their own tokens. */
export function settingsAuthority({ field }: Trust): SettingsAuthority {
  return { publicKey: pair(field).getPublicKey(), sign: signerOf(field) };
}

export interface IssueOptions {
  /** Seconds since the epoch; without it the token does not end by itself. */
  readonly expires?: number;
  /** The principal's own key: then the operator never sees the seed, and the token has none. */
  readonly publicKey?: string;
}

const UNLIMITED = -1;
/** A volunteer's connection: nothing needs larger messages or more subscriptions. */
const FIELD_LIMITS = { subs: 64, data: UNLIMITED, payload: 1_048_576 };

export function createTrust(network = "pingo"): Trust {
  return {
    network: new Names(network).network,
    operator: seedOf(createOperator()),
    system: seedOf(createAccount()),
    hub: seedOf(createAccount()),
    field: seedOf(createAccount()),
    revoked: {},
  };
}

export function trustText(trust: Trust): string {
  return `${JSON.stringify(trust, null, 2)}\n`;
}

export function parseTrust(text: string, where: string): Trust {
  try {
    const trust = JSON.parse(text) as Trust;
    for (const seed of [trust.operator, trust.system, trust.hub, trust.field]) pair(seed);
    return { ...trust, network: new Names(trust.network).network, revoked: trust.revoked ?? {} };
  } catch {
    throw new NatsError(`${where} is no file of an operator's keys: restore it from a copy.`);
  }
}

/** The part of a server's configuration that says whom it trusts. */
export async function serverTrust(trust: Trust, folder: string): Promise<string> {
  const [operator, system] = [pair(trust.operator), pair(trust.system)];
  const signed = { signer: operator };
  const accounts = [
    [system.getPublicKey(), await encodeAccount("SYS", system, { limits: accountLimits }, signed)],
    [pair(trust.hub).getPublicKey(), await hubToken(trust)],
    [pair(trust.field).getPublicKey(), await fieldToken(trust)],
  ] as const;
  return [
    `operator: ${await encodeOperator(`${trust.network} operator`, operator, {
      system_account: system.getPublicKey(),
    })}`,
    `system_account: ${system.getPublicKey()}`,
    `resolver: { type: full, dir: ${JSON.stringify(folder)}, allow_delete: false }`,
    "resolver_preload: {",
    ...accounts.map(([key, token]) => `  ${key}: ${token}`),
    "}",
  ].join("\n");
}

interface Bridge {
  readonly subject: string;
  /** What the field calls it, where that is something else. */
  readonly local?: string;
  /** One question, several answers. */
  readonly stream?: boolean;
}

/** What the field may use of the hub; users' own permissions narrow it further. */
function bridges({ network }: Trust): ReadonlyArray<Bridge> {
  const names = new Names(network);
  return [
    { subject: `${network}.inbox.>` },
    { subject: `${network}.dead.>` },
    { subject: `${network}.journal.edge.*` },
    { subject: `${network}.snapshot.edge.>` },
    { subject: `${network}.blob.>` },
    {
      subject: `$KV.${names.leaseBucket}.>`,
      local: `${names.hubApi}.$KV.${names.leaseBucket}.>`,
    },
    ...[
      "STREAM.INFO.*",
      "STREAM.PURGE.*",
      "STREAM.MSG.GET.*",
      "DIRECT.GET.*",
      "CONSUMER.INFO.*.*",
      "CONSUMER.MSG.NEXT.*.*",
    ].map((call) => ({
      subject: `${OWN_JETSTREAM}.${call}`,
      // an account answers its own interface itself, so the hub's has another name here
      local: `${names.hubApi}.${call}`,
      stream: true,
    })),
    { subject: "$JS.ACK.>" },
  ];
}

function hubToken(trust: Trust): Promise<string> {
  const services = bridges(trust).map(({ subject, stream }) => ({
    name: subject,
    subject,
    type: "service" as const,
    response_type: stream === true ? ("Stream" as const) : ("Singleton" as const),
  }));
  const topics = { name: "topics", subject: `${trust.network}.topic.>`, type: "stream" as const };
  const told = { name: "told", subject: `${trust.network}.topic.>`, type: "service" as const };
  const limits = {
    ...accountLimits,
    mem_storage: UNLIMITED,
    disk_storage: UNLIMITED,
    streams: UNLIMITED,
    consumer: UNLIMITED,
  };
  const exports = [...services, topics, told];
  return encodeAccount(
    "HUB",
    pair(trust.hub),
    { limits, exports, revocations: trust.revoked },
    { signer: pair(trust.operator) },
  );
}

function fieldToken(trust: Trust): Promise<string> {
  const account = pair(trust.hub).getPublicKey();
  const { network } = trust;
  const services = bridges(trust).map(({ subject, local }) => ({
    name: subject,
    subject,
    account,
    local_subject: local ?? subject,
    type: "service" as const,
  }));
  const imports = [
    ...services,
    // told under another subject, or whoever listens in the field would hear it twice
    {
      name: "told",
      subject: `${network}.topic.>`,
      account,
      local_subject: `${network}.tell.>`,
      type: "service" as const,
    },
    {
      name: "topics",
      subject: `${network}.topic.>`,
      account,
      local_subject: `${network}.topic.>`,
      type: "stream" as const,
    },
  ];
  return encodeAccount(
    "FIELD",
    pair(trust.field),
    { limits: accountLimits, imports, revocations: trust.revoked },
    { signer: pair(trust.operator) },
  );
}

const accountLimits = {
  subs: UNLIMITED,
  data: UNLIMITED,
  payload: UNLIMITED,
  imports: UNLIMITED,
  exports: UNLIMITED,
  wildcards: true,
  conn: UNLIMITED,
  leaf: 0,
};

/** Lets a principal in, with exactly its role's permissions. */
export async function issue(
  trust: Trust,
  principal: Principal,
  options: IssueOptions = {},
): Promise<Credentials> {
  const user = createUser();
  const { publish, subscribe } = permissionsOf(principal, new Names(trust.network));
  const account = accountOf(principal);
  const limits = account === "field" ? FIELD_LIMITS : {};
  const jwt = await encodeUser(
    claimName(principal),
    options.publicKey ?? user,
    pair(account === "field" ? trust.field : trust.hub),
    { pub: { allow: [...publish] }, sub: { allow: [...subscribe] }, ...limits },
    options.expires === undefined ? {} : { exp: options.expires },
  );
  return { principal, jwt, seed: options.publicKey === undefined ? seedOf(user) : "" };
}

/** A user of the system account: it may give servers new tokens of accounts. */
export async function issueSystem(trust: Trust): Promise<Credentials> {
  const user = createUser();
  const principal: Principal = { role: "operator", id: "system" };
  const jwt = await encodeUser(claimName(principal), user, pair(trust.system), {});
  return { principal, jwt, seed: seedOf(user) };
}

/** The same trust without one user's key; {@link announce} tells the servers. */
export function withoutKey(trust: Trust, publicKey: string): Trust {
  const now = Math.floor(Date.now() / 1_000);
  return { ...trust, revoked: { ...trust.revoked, [publicKey]: now } };
}

/** Gives all servers of the cluster the accounts as they are now; users revoked are cut off. */
export async function announce(system: NatsConnection, trust: Trust): Promise<void> {
  for (const token of [await hubToken(trust), await fieldToken(trust)]) {
    const answer = await system.request("$SYS.REQ.CLAIMS.UPDATE", token, { timeout: 5_000 });
    const { error } = answer.json<{ readonly error?: { readonly description?: string } }>();
    if (error === undefined) continue;
    throw new NatsError(`The server does not take the accounts: ${error.description ?? ""}`);
  }
}

function pair(seed: string): KeyPair {
  return fromSeed(new TextEncoder().encode(seed));
}

function seedOf(key: KeyPair): string {
  return new TextDecoder().decode(key.getSeed());
}
