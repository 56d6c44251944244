import { Either, Schema } from "effect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSite } from "./cities.ts";
import { NetworkConfig } from "./config.ts";
import { Network } from "./link.ts";

const HOSTS = 8;
const sites = ["Lagos", "Lima", "Oslo"].map((name) => Either.getOrThrow(findSite(name)));

function network(input: object, seed: number): Network {
  const hosts = Array.from({ length: HOSTS }, (_, host) => ({ site: host % 3 }));
  return new Network({
    config: Schema.decodeUnknownSync(NetworkConfig)(input),
    seed,
    sites,
    hosts,
  });
}

interface Message {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly afterUs: number;
  readonly reliable: boolean;
}
interface Fate {
  readonly nowUs: number;
  readonly arrivalUs: number;
  readonly duplicateUs: number;
  readonly lost: boolean;
}

const actor = fc.integer({ min: 0, max: HOSTS - 1 });
const message: fc.Arbitrary<Message> = fc.record({
  from: actor,
  to: actor,
  bytes: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 1_000_000 })),
  afterUs: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 3_000_000 })),
  reliable: fc.boolean(),
});
const messages = fc.array(message, { minLength: 1, maxLength: 120 });
const trouble = fc.record({
  loss: fc.constantFrom(0, 0.01, 0.5, 0.95),
  duplicate: fc.constantFrom(0, 0.5),
  reorder: fc.constantFrom(0, 0.5),
  messageBytes: fc.constantFrom(0, 256),
});
const seed = fc.integer({ min: 0, max: 2 ** 40 });

function run(net: Network, sent: ReadonlyArray<Message>): ReadonlyArray<Fate> {
  let nowUs = 0;
  return sent.map(({ from, to, bytes, afterUs, reliable }) => {
    nowUs += afterUs;
    net.transmit(from, to, from, to, bytes, nowUs, reliable);
    const { arrivalUs, duplicateUs, lost } = net;
    return { nowUs, arrivalUs, duplicateUs, lost };
  });
}

describe("whatever happens on the network", () => {
  it("nothing arrives before it was sent, and a copy comes after its original", () => {
    fc.assert(
      fc.property(trouble, seed, messages, (config, s, sent) => {
        for (const [i, fate] of run(network(config, s), sent).entries()) {
          if (fate.lost) {
            expect(sent[i]?.reliable).toBe(false);
            expect([fate.arrivalUs, fate.duplicateUs]).toEqual([-1, -1]);
            continue;
          }
          expect(Number.isInteger(fate.arrivalUs)).toBe(true);
          expect(fate.arrivalUs).toBeGreaterThanOrEqual(fate.nowUs);
          if (fate.duplicateUs !== -1) {
            expect(sent[i]?.reliable).toBe(true);
            expect(fate.duplicateUs).toBeGreaterThan(fate.arrivalUs);
          }
        }
      }),
    );
  });

  it("messages that must arrive keep their order per pair, also while clogs come and go", () => {
    const clogs = fc.array(fc.constantFrom("on", "off", "none"), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(trouble, seed, messages, clogs, (config, s, sent, plan) => {
        const net = network(config, s);
        const last = new Map<string, number>();
        let nowUs = 0;
        for (const [i, { from, to, bytes, afterUs }] of sent.entries()) {
          net.remove(1);
          if (plan[i % plan.length] === "on") net.addClog({ id: 1, sites: [0], factor: 7 });
          nowUs += afterUs;
          net.transmit(from, to, from, to, bytes, nowUs, true);
          const pair = `${from}>${to}`;
          expect(net.arrivalUs).toBeGreaterThanOrEqual(last.get(pair) ?? 0);
          last.set(pair, net.arrivalUs);
        }
      }),
    );
  });

  it("the same seed gives the same fates", () => {
    fc.assert(
      fc.property(trouble, seed, messages, (config, s, sent) => {
        expect(run(network(config, s), sent)).toEqual(run(network(config, s), sent));
      }),
    );
  });

  it("an added actor does not shift the luck of the others", () => {
    fc.assert(
      fc.property(trouble, seed, messages, (config, s, sent) => {
        const alone = network(config, s);
        const crowded = network(config, s);
        let nowUs = 0;
        for (const { from, to, bytes, afterUs, reliable } of sent) {
          nowUs += afterUs;
          crowded.transmit(from, to, 5000 + to, from, bytes, nowUs, reliable);
          alone.transmit(from, to, from, to, bytes, nowUs, reliable);
          crowded.transmit(from, to, from, to, bytes, nowUs, reliable);
          expect(crowded.arrivalUs).toBe(alone.arrivalUs);
          expect(crowded.duplicateUs).toBe(alone.duplicateUs);
        }
      }),
    );
  });

  it("a named stream does not depend on the actor's number", () => {
    fc.assert(
      fc.property(seed, fc.integer(), fc.integer(), messages, (s, k0, k1, sent) => {
        const one = network({ loss: 0.5 }, s);
        const other = network({ loss: 0.5 }, s);
        one.streamKeys(3, k0, k1);
        other.streamKeys(70_000, k0, k1);
        let nowUs = 0;
        for (const { from, to, afterUs } of sent) {
          nowUs += afterUs;
          one.transmit(from, to, 3, to, 100, nowUs, true);
          other.transmit(from, to, 70_000, to, 100, nowUs, true);
          expect(other.arrivalUs).toBe(one.arrivalUs);
        }
      }),
    );
  });

  it("a cut blocks exactly the directions it names", () => {
    const group = fc.record({
      sites: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
      hosts: fc.uniqueArray(actor, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(group, group, fc.boolean(), (from, to, oneWay) => {
        const net = network({}, 1);
        net.addCut({ id: 9, from, to, oneWay });
        const inside = (g: typeof from, h: number) =>
          g.hosts.includes(h) || g.sites.includes(h % 3);
        for (let a = 0; a < HOSTS; a++) {
          for (let b = 0; b < HOSTS; b++) {
            const there = inside(from, a) && inside(to, b);
            const back = !oneWay && inside(from, b) && inside(to, a);
            net.transmit(a, b, a, b, 10, 0, true);
            expect(net.blockedBy).toBe(a !== b && (there || back) ? 9 : -1);
          }
        }
      }),
    );
  });
});
