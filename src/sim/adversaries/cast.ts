/**
 * Who plays which part: which contributors are adversaries, under which names, on which machines.
 * Owners of machines are drawn entry by entry from a stream of the entry's own, so adding an entry
 * does not shift the others; who has no machine is added after the owners.
 */
import { type Address, address } from "../../kernel/address.ts";
import { Stream } from "../../kernel/entropy.ts";
import { clustersOf } from "../../policies/verification/clusters.ts";
import { exp, ln, pow } from "../numbers/portable.ts";
import type { Adversary } from "../scenario/adversaries.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";

/** A node of an identity: on which machine, and how much of it. */
export interface Part {
  readonly node: Address;
  readonly machine: number;
  /** In (0, 1]. */
  readonly share: number;
}

/** One name under which somebody takes part. */
export interface Identity {
  readonly contributor: Address;
  readonly parts: ReadonlyArray<Part>;
  /** Of the member's demand; later names of a chain take over the whole of it in their turn. */
  readonly demandShare: number;
  /** The network (/24) in which an edge sees its nodes; "": each owner's line is its own. */
  readonly network: string;
}

/** One adversary, whatever it calls itself. */
export interface Member {
  readonly entry: number;
  readonly adversary: Adversary;
  /** Index of the owner whose machines these are; undefined without machines. */
  readonly owner: number | undefined;
  readonly identities: ReadonlyArray<Identity>;
  /** Names are used one after the other. */
  readonly isChain: boolean;
}

export interface Cast {
  readonly members: ReadonlyArray<Member>;
  /** All contributors: owners, those without machines, further names. */
  readonly contributors: ReadonlyArray<Address>;
  /** Nodes beside the one of each machine. */
  readonly moreParts: ReadonlyArray<Part & { readonly owner: Address }>;
  readonly memberOf: ReadonlyMap<Address, Member>;
  readonly identityOf: ReadonlyMap<Address, Identity>;
  /** Some members say the same wrong thing, so that a quorum of them may win. */
  readonly isCollusive: boolean;
}

export interface CastInput {
  readonly adversaries: ReadonlyArray<Adversary>;
  readonly seed: number;
  readonly owners: number;
  readonly nodes: ReadonlyArray<Address>;
  readonly perOwner: number;
}

/** True for kinds that bring no machine. */
function isBare({ kind }: Adversary): boolean {
  return kind === "free-rider";
}

/** How many adversaries without machines there are: `share` is of all contributors then. */
export function bareCount(adversaries: ReadonlyArray<Adversary>, owners: number): number {
  const bare = adversaries.filter(isBare);
  const share = bare.reduce((sum, each) => sum + (each.count === undefined ? shareOf(each) : 0), 0);
  if (share >= 1) throw new ScenarioError("adversaries must be fewer than all", "adversaries");
  const counted = bare.reduce((sum, { count = 0 }) => sum + count, 0);
  return Math.round((owners * share) / (1 - share)) + counted;
}

function collude(adversary: Adversary): boolean {
  const { kind } = adversary;
  if (kind === "colluder" || kind === "saboteur") return adversary.digests === "shared";
  return kind === "check-recogniser" || kind === "copier";
}

function shareOf({ kind, share }: Adversary): number {
  if (share !== undefined) return share;
  throw new ScenarioError(`adversary ${kind} needs a share or a count`, "adversaries");
}

/** Throws {@link ScenarioError} when there are more adversaries than contributors. */
export function castOf(input: CastInput): Cast {
  const { adversaries, owners } = input;
  const bare = bareCount(adversaries, owners);
  const first = addresses("contributor", owners + bare);
  const members = [...ownerMembers(input, first), ...bareMembers(input, first)];
  const memberOf = new Map<Address, Member>();
  const identityOf = new Map<Address, Identity>();
  const contributors = [...first];
  const moreParts: Array<Part & { readonly owner: Address }> = [];
  for (const member of members) {
    for (const [i, identity] of member.identities.entries()) {
      const { contributor, parts } = identity;
      memberOf.set(contributor, member);
      identityOf.set(contributor, identity);
      if (i === 0) continue;
      contributors.push(contributor);
      for (const part of parts) moreParts.push({ ...part, owner: contributor });
    }
  }
  const isCollusive = adversaries.some(collude);
  return { members, contributors, moreParts, memberOf, identityOf, isCollusive };
}

function ownerMembers(input: CastInput, names: ReadonlyArray<Address>): ReadonlyArray<Member> {
  const { adversaries, seed, owners } = input;
  const taken = new Set<number>();
  return adversaries.flatMap((adversary, entry) => {
    if (isBare(adversary)) return [];
    const stream = new Stream(seed, `adversaries/${entry}`);
    const drawn = Array.from({ length: owners }, (_, owner) => ({ owner, at: stream.unit() }));
    const wanted = adversary.count ?? Math.round(owners * shareOf(adversary));
    const chosen = drawn
      .filter(({ owner }) => !taken.has(owner))
      .sort((a, b) => a.at - b.at)
      .slice(0, wanted);
    if (chosen.length < wanted || chosen.length === 0) {
      const message = `adversaries.${entry}: of ${owners} contributors ${chosen.length} are left`;
      throw new ScenarioError(`${message}, and ${wanted} are wanted`, `adversaries.${entry}`);
    }
    for (const { owner } of chosen) taken.add(owner);
    return chosen
      .sort((a, b) => a.owner - b.owner)
      .map(({ owner }) => ({
        entry,
        adversary,
        owner,
        identities: identitiesOf(input, { adversary, entry, owner }, names[owner] as Address),
        isChain: adversary.kind === "rotator" || adversary.kind === "whitewasher",
      }));
  });
}

/** In the order of the entries; the last takes what rounding leaves. */
function bareMembers(input: CastInput, names: ReadonlyArray<Address>): ReadonlyArray<Member> {
  const { adversaries, owners } = input;
  const bare = [...adversaries.entries()].filter(([, each]) => isBare(each));
  const members: Member[] = [];
  for (const [i, [entry, adversary]] of bare.entries()) {
    const left = names.length - owners - members.length;
    const own = i === bare.length - 1 ? left : bareCount([adversary], owners);
    for (let k = 0; k < Math.min(own, left); k++) {
      const contributor = names[owners + members.length] as Address;
      const identities = [{ contributor, parts: [], demandShare: 1, network: "" }];
      members.push({ entry, adversary, owner: undefined, identities, isChain: false });
    }
  }
  return members;
}

function identitiesOf(
  { nodes, perOwner, seed }: CastInput,
  member: Pick<Member, "adversary" | "entry"> & { readonly owner: number },
  contributor: Address,
): ReadonlyArray<Identity> {
  const { adversary, owner } = member;
  const machines = nodes.slice(owner * perOwner, (owner + 1) * perOwner);
  const shares = sharesOf(adversary, new Stream(seed, `adversaries/split/${contributor}`));
  const names = shares.map((_, k) => (k === 0 ? contributor : (`${contributor}-${k}` as Address)));
  const networkOf = networksSeen(member, names);
  return names.map((name, k) => ({
    contributor: name,
    parts: machines.map((node, i) => ({
      node: k === 0 ? node : (`${node}-${k}` as Address),
      machine: owner * perOwner + i,
      share: (shares[k] as IdentityShare).machine,
    })),
    demandShare: (shares[k] as IdentityShare).demand,
    network: networkOf(name),
  }));
}

/**
 * Names that share a line are seen on it. Invited names have lines of their own: what an edge can
 * tell of them is who let whom in.
 */
function networksSeen(
  { adversary, entry, owner }: Pick<Member, "adversary" | "entry" | "owner">,
  names: ReadonlyArray<Address>,
): (name: Address) => string {
  if (adversary.kind === "invitation-farmer") {
    const invitations = names.slice(1).map((name, k) => {
      const inviter = names[Math.floor(k / adversary.fanout)] as Address;
      return { kind: "invite" as const, owner: name, inviter, atUs: 0 };
    });
    return clustersOf(invitations, 0).idOf;
  }
  const isGroup = adversary.kind === "colluder" && adversary.network === "shared";
  const shared = names.length > 1 ? `line-${owner}` : "";
  return () => (isGroup ? `group-${entry}` : shared);
}

interface IdentityShare {
  readonly machine: number;
  readonly demand: number;
}

/** Share of machines and demand of each name. */
function sharesOf(adversary: Adversary, stream: Stream): ReadonlyArray<IdentityShare> {
  switch (adversary.kind) {
    case "sybil-split": {
      const { identities: k, split } = adversary;
      const weights =
        split === "even" ? Array.from({ length: k }, () => 1) : dirichlet(stream, k, 0.3);
      const total = weights.reduce((sum, each) => sum + each, 0);
      return weights.map((each) => ({ machine: each / total, demand: each / total }));
    }
    case "invitation-farmer": {
      const { identities: k } = adversary;
      return Array.from({ length: k }, () => ({ machine: 1 / k, demand: 1 / k }));
    }
    case "sybil-one-cpu":
      return Array.from({ length: adversary.identities }, () => ({ machine: 1, demand: 1 }));
    case "rotator":
    case "whitewasher":
      return Array.from({ length: adversary.identities }, (_, k) => ({
        machine: 1,
        demand: k === 0 ? 1 : 0,
      }));
    default:
      return [{ machine: 1, demand: 1 }];
  }
}

/** Least part of a machine that an identity gets: a node without any speed cannot work. */
const PART_MIN = 1e-3;

/**
 * Unnormalised Dirichlet weights: Gamma(a) for a < 1 by rejection (Ahrens and Dieter 1974, GS).
 */
function dirichlet(stream: Stream, count: number, a: number): ReadonlyArray<number> {
  const e = exp(1);
  const b = (e + a) / e;
  const gamma = (): number => {
    for (;;) {
      const p = b * stream.unit();
      const u = stream.unit();
      if (p <= 1) {
        const x = pow(p, 1 / a);
        if (u <= exp(-x)) return x;
      } else {
        const x = -ln((b - p) / a);
        if (u <= pow(x, a - 1)) return x;
      }
    }
  };
  return Array.from({ length: count }, () => Math.max(PART_MIN, gamma()));
}

export function addresses(kind: string, count: number): ReadonlyArray<Address> {
  const digits = String(count - 1).length;
  return Array.from({ length: count }, (_, i) =>
    address(kind, `${kind[0]}${String(i).padStart(digits, "0")}`),
  );
}
