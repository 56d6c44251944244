/** Work by work, the credit rule serves each what the rule in quanta gives it (decisions/0012). */
import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idOf } from "../../kernel/address.ts";
import { allocate, grantedTo } from "./allocate.ts";
import { credit } from "./credit.ts";
import { CreditRules } from "./credit-rules.ts";
import { momentOf, VCU, workOf } from "./work.arbitrary.ts";

const rules = Schema.decodeUnknownSync(CreditRules)({ quantumUs: "1h" });
/** A hundredth of a VCU: limits of a quantum are many works. */
const WORK = VCU / 100n;

const peer = fc.record({
  /** Works that it has work for, and credit for beyond these. */
  works: fc.integer({ min: 0, max: 150 }),
  more: fc.integer({ min: 0, max: 300 }),
  /** Hundredths of a VCU an hour: what it is known to bring, and what is here. */
  rate: fc.integer({ min: 10, max: 60 }),
  here: fc.integer({ min: 0, max: 60 }),
});
type Peer = typeof peer extends fc.Arbitrary<infer P> ? P : never;

/** Works that each gets when `count` slots get free one after the other. */
function servedByEdge(peers: ReadonlyArray<Peer>, count: number): ReadonlyArray<number> {
  // 10 GFLOPS are one VCU an hour
  const capacityOf = (owner: string) => (peers[Number(owner.split("p")[1])]?.here ?? 0) * 100;
  const moment = momentOf(0, capacityOf);
  let state = credit.init(rules);
  let id = 0;
  for (const [n, { works, more, rate }] of peers.entries()) {
    const balance = BigInt(more) * WORK;
    const wish = { by: `p${n}`, vcu: 0.01, balance, rate: BigInt(rate) * WORK };
    for (let i = 0; i < works; i++) state = credit.add(state, workOf(wish, id++), moment);
  }
  const served = peers.map(() => 0);
  for (let slot = 0; slot < count; slot++) {
    const { state: asked, work, pass } = credit.next(state, moment);
    if (work === undefined) break;
    state = credit.take(asked, work, { placed: true, pass, moment });
    const by = Number(idOf(work.requester).slice(1));
    served[by] = (served[by] ?? 0) + 1;
  }
  return served;
}

/** The same peers in one quantum; the guarantee is of no more than one is known to bring. */
function servedByQuantum(peers: ReadonlyArray<Peer>, count: number): ReadonlyArray<number> {
  const standings = peers.map(({ works, more, rate, here }, n) => ({
    id: `p${n}`,
    demand: BigInt(works) * WORK,
    balance: BigInt(works + more) * WORK,
    rate: BigInt(rate) * WORK,
    earned: 0n,
    capacity: BigInt(Math.min(rate, here)) * WORK,
  }));
  const supply = BigInt(count) * WORK;
  const quantum = { supply, lengthUs: rules.quantumUs, seed: 1, number: 1, rules };
  const allocation = allocate(standings, quantum);
  return peers.map((_, n) => Number(grantedTo(allocation, n)) / Number(WORK));
}

describe("Credit, work by work", () => {
  test("gives each what a quantum gives it, to within a work a part and peer", () => {
    const crowd = fc.array(peer, { minLength: 1, maxLength: 8 });
    const property = fc.property(crowd, fc.integer({ min: 0, max: 600 }), (peers, more) => {
      // the guarantees of all fit into what there is: half of what all bring
      const least = peers.reduce((sum, { rate, here }) => sum + Math.min(rate, here), 0);
      const count = least + more;
      const edge = servedByEdge(peers, count);
      const quantum = servedByQuantum(peers, count);
      const most = 3 + peers.length;
      for (const [n, works] of edge.entries()) {
        expect(Math.abs(works - (quantum[n] ?? 0)), `peer ${n}`).toBeLessThanOrEqual(most);
      }
    });
    fc.assert(property, { numRuns: 150 });
  });
});
