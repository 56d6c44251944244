import { type Address, beginCell, toNano } from "@ton/core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MemoryJournal } from "../../../test/chain/memory-journal.ts";
import { bound, Death, Mortal } from "../../../test/chain/mortal.ts";
import { SandboxChain } from "../../../test/chain/sandbox-chain.ts";
import type { Journal } from "../../live/journal.ts";
import { ChainFault } from "./chain-fault.ts";
import { keyOfSeed } from "./keys.ts";
import { inCoins, type Outgoing, type SenderPace, WalletSender } from "./sender.ts";
import type { ChainTransport } from "./transport.ts";

const key = keyOfSeed(Buffer.alloc(32, 9));
const ONE = toNano("1");
const pace: SenderPace = { pollMs: 0, settleMs: 0, polls: 8 };
const settling: SenderPace = { ...pace, settleMs: 1 };
const letter = (text: string) => beginCell().storeUint(0, 32).storeStringTail(text).endCell();

describe("Sender", () => {
  let chain: SandboxChain;
  let start: ReturnType<SandboxChain["mark"]>;
  let bob: Address;
  let wallet: Address;
  beforeAll(async () => {
    chain = await SandboxChain.open();
    bob = (await chain.blockchain.treasury("bob")).address;
    const sender = await open({});
    wallet = sender.address;
    await chain.give(wallet, toNano("100"));
    start = chain.mark();
  });
  beforeEach(() => start.back());

  interface Opening {
    readonly journal?: Journal;
    readonly over?: ChainTransport;
    readonly pace?: SenderPace;
    readonly wait?: (ms: number) => Promise<void>;
  }
  const newJournal = () => Promise.resolve(new MemoryJournal());
  const open = async (opening: Opening) =>
    WalletSender.open({
      chain: opening.over ?? chain,
      network: "local",
      key,
      journal: opening.journal ?? (await newJournal()),
      pace: opening.pace ?? pace,
      wait: opening.wait ?? (() => Promise.resolve()),
    });
  const bobHas = async () => (await chain.blockchain.getContract(bob)).balance;
  const pay = (value = ONE, text = "for work"): Outgoing => ({
    to: bob,
    value,
    body: letter(text),
  });
  const faultOf = async (work: Promise<unknown>) => {
    const fault = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(ChainFault);
    const { kind, message } = fault as ChainFault;
    expect(message).toMatch(/^[A-Z].*\.$/s);
    return { kind, message };
  };
  /** What bob received in the meantime, in whole coins: his own fees round it down. */
  const received = async (work: () => Promise<unknown>) => {
    const before = await bobHas();
    await work();
    return Math.round(Number((await bobHas()) - before) / 1e9);
  };

  test("sent: the first message deploys the wallet, the second has the next number", async () => {
    const sender = await open({});
    const got = await received(async () => {
      const first = await sender.send("a", [pay()]);
      expect(first.departures).toHaveLength(1);
      expect(first.departures[0]?.to).toBe(bob.toRawString());
      await sender.send("b", [pay(2n * ONE)]);
    });
    expect(got).toBe(3);
  });

  test("asked twice, and at the same time: sent once, and both are told so", async () => {
    const sender = await open({});
    const got = await received(async () => {
      const [one, two] = await Promise.all([sender.send("a", [pay()]), sender.send("a", [pay()])]);
      expect(two).toEqual(one);
      expect(await sender.send("a", [pay()])).toEqual(one);
    });
    expect(got).toBe(1);
  });

  test("killed at any moment: paid once, and known to be paid", async () => {
    const messages = [pay(), pay(2n * ONE, "a second letter")];
    let deaths = 0;
    for (let dealings = 1; ; dealings++) {
      await start.back();
      const mortal = new Mortal(dealings);
      const journal = new MemoryJournal();
      const got = await received(async () => {
        const end = await open({ over: mortal.chain(chain), journal: mortal.journal(journal) })
          .then((sender) => sender.send("a", messages))
          .catch((error: unknown) => error);
        expect(end instanceof Death).toBe(mortal.isDead);
        for (const restart of [1, 2]) {
          const next = await open({ journal: journal.again() });
          const { departures } = await next.send("a", messages);
          expect([restart, departures.length]).toEqual([restart, 2]);
        }
      });
      expect([dealings, got]).toEqual([dealings, 3]);
      if (!mortal.isDead) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThanOrEqual(6);
  });

  test("killed at any moment, then finished: what was signed arrives, nothing new is", async () => {
    const fates = new Set<number>();
    for (let dealings = 1; ; dealings++) {
      await start.back();
      const mortal = new Mortal(dealings);
      const journal = new MemoryJournal();
      const got = await received(async () => {
        await open({ over: mortal.chain(chain), journal: mortal.journal(journal) })
          .then((sender) => sender.send("a", [pay()]))
          .catch(() => {});
        for (const restart of [1, 2]) {
          const next = await open({ journal: journal.again() });
          const keys = next.keys();
          for (const each of keys) {
            expect((await next.finish(each))?.departures).toHaveLength(1);
            await next.done(each);
          }
          expect([restart, next.keys()]).toEqual([restart, []]);
        }
      });
      fates.add(got);
      if (!mortal.isDead) break;
    }
    // before it was signed nothing leaves, and afterwards all of it once
    expect(fates).toEqual(new Set([0, 1]));
  });

  test("an answer that is lost though the message was taken: not sent again", async () => {
    let lost = 0;
    const deaf: ChainTransport = {
      ...bound(chain),
      sendBoc: async (boc) => {
        await chain.sendBoc(boc).catch(() => {});
        lost += 1;
        throw new ChainFault("down", "The answer was lost.");
      },
    };
    const sender = await open({ over: deaf });
    expect(await received(() => sender.send("a", [pay()]))).toBe(1);
    expect(lost).toBe(1);
  });

  test("taken in and forgotten: sent again under its number until it lands", async () => {
    let forgotten = 0;
    const forgetful: ChainTransport = {
      ...bound(chain),
      sendBoc: (boc) => (++forgotten < 4 ? Promise.resolve() : chain.sendBoc(boc)),
    };
    const sender = await open({ over: forgetful });
    expect(await received(() => sender.send("a", [pay()]))).toBe(1);
  });

  test("forgotten until it expires: signed again under the same number, one is taken", async () => {
    const kept: Buffer[] = [];
    const slow: ChainTransport = {
      ...bound(chain),
      sendBoc: (boc) => {
        kept.push(boc);
        chain.wait(200);
        return Promise.resolve();
      },
    };
    const journal = new MemoryJournal();
    const sender = await open({ over: slow, journal });
    const { kind } = await faultOf(sender.send("a", [pay()]));
    expect(kind).toBe("down");
    await journal.close();
    expect(new Set(kept.map(String)).size).toBeGreaterThan(2);
    const got = await received(async () => {
      // the network finds them all again at once, newest first
      for (const boc of kept.reverse()) await chain.sendBoc(boc).catch(() => {});
      await (await open({ journal: journal.again() })).send("a", [pay()]);
    });
    expect(got).toBe(1);
  });

  test("somebody with the same key is faster: ours follows with the next number", async () => {
    const theirs = await open({});
    const journal = new MemoryJournal();
    const muted: ChainTransport = { ...bound(chain), sendBoc: () => Promise.resolve() };
    await faultOf((await open({ over: muted, journal })).send("ours", [pay()]));
    await journal.close();
    const got = await received(async () => {
      await theirs.send("theirs", [pay(5n * ONE)]);
      const next = await open({ journal: journal.again(), pace: settling });
      await next.send("ours", [pay()]);
    });
    expect(got).toBe(6);
  });

  test("reorganised before it was settled: gone and come again, paid once", async () => {
    const before = chain.mark();
    let undone = false;
    const sender = await open({
      pace: settling,
      wait: async (ms) => {
        if (ms === 0 || undone) return;
        undone = true;
        await before.back();
      },
    });
    expect(await received(() => sender.send("a", [pay()]))).toBe(1);
    expect(undone).toBe(true);
  });

  test("reorganised long after: the lost message goes out first", async () => {
    const sender = await open({});
    const before = chain.mark();
    const got = await received(async () => {
      await sender.send("a", [pay()]);
      await before.back();
      await sender.send("b", [pay(2n * ONE)]);
    });
    expect(got).toBe(3);
  });

  test("too few coins: the missing amount is named, nothing is sent; funded, it goes", async () => {
    const sender = await open({});
    const much = pay(toNano("150"));
    const { kind, message } = await faultOf(sender.send("a", [much]));
    expect(kind).toBe("unfunded");
    expect(message).toContain("has 100 TON and needs 150.025 TON: send it 50.025 TON more");
    await chain.give(wallet, toNano("60"));
    expect(await received(() => sender.send("a", [much]))).toBe(150);
  });

  test("coins that leave meanwhile: only what did not depart follows", async () => {
    const messages = [pay(toNano("60")), pay(toNano("70"), "the rest")];
    const rich: ChainTransport = {
      ...bound(chain),
      getAddressInformation: async (at) => ({
        ...(await chain.getAddressInformation(at)),
        balance: toNano("1000"),
      }),
    };
    const journal = new MemoryJournal();
    const got = await received(async () => {
      await faultOf((await open({ over: rich, journal })).send("a", messages));
      await journal.close();
      await chain.give(wallet, toNano("50"));
      const sent = await (await open({ journal: journal.again() })).send("a", messages);
      expect(sent.departures).toHaveLength(2);
    });
    expect(got).toBe(130);
  });

  test("an endpoint that counts the message but hides it: nothing is sent again", async () => {
    const hiding: ChainTransport = { ...bound(chain), getTransactions: () => Promise.resolve([]) };
    const sender = await open({ over: hiding });
    const got = await received(async () => {
      const { kind, message } = await faultOf(sender.send("a", [pay()]));
      expect([kind, message]).toEqual(["lying", expect.stringContaining("does not show it")]);
      await faultOf(sender.send("a", [pay()]));
    });
    expect(got).toBe(1);
  });

  test("an endpoint that counts backwards: nothing is signed under an old number", async () => {
    const journal = await newJournal();
    const sender = await open({ journal });
    for (const name of ["a", "b"]) await sender.send(name, [pay()]);
    await journal.close();
    const now = await chain.getAddressInformation(wallet);
    const sent: Buffer[] = [];
    const behind: ChainTransport = {
      ...bound(chain),
      getAddressInformation: () => Promise.resolve({ ...now, state: "uninitialized" }),
      sendBoc: (boc) => {
        sent.push(boc);
        return chain.sendBoc(boc);
      },
    };
    const next = await open({ over: behind, journal: journal.again() });
    expect(await received(() => faultOf(next.send("c", [pay()])))).toBe(0);
    // only what had the number before was offered once more
    expect(new Set(sent.map(String)).size).toBe(1);
  });

  test("an endpoint that leaves one out: the gap is found, nothing is sent again", async () => {
    const gappy: ChainTransport = {
      ...bound(chain),
      sendBoc: async (boc) => {
        await chain.sendBoc(boc);
        await chain.give(wallet, ONE);
      },
      getTransactions: async (at, page) =>
        (await chain.getTransactions(at, page)).filter((_, n) => n !== 1),
    };
    const sender = await open({ over: gappy });
    const got = await received(async () => {
      const { kind, message } = await faultOf(sender.send("a", [pay()]));
      expect([kind, message]).toEqual(["lying", expect.stringContaining("has a gap before")]);
    });
    expect(got).toBe(1);
  });

  test("down for a while: goes on; down for good: one sentence, nothing lost", async () => {
    let calls = 0;
    const flaky: ChainTransport = {
      ...bound(chain),
      getAddressInformation: (at) =>
        ++calls % 2 === 1
          ? Promise.reject(new ChainFault("down", "Nothing answers."))
          : chain.getAddressInformation(at),
    };
    const sender = await open({ over: flaky });
    expect(await received(() => sender.send("a", [pay()]))).toBe(1);
    let looks = 0;
    const down = () => {
      looks++;
      return Promise.reject(new ChainFault("down", "Nothing answers."));
    };
    const dead = await open({ over: { ...bound(chain), getAddressInformation: down } });
    const got = await received(async () => {
      expect(await faultOf(dead.send("b", [pay()]))).toEqual({
        kind: "down",
        message: "Nothing answers.",
      });
    });
    // each look tries for seconds by itself: who waits for a command is told soon
    expect([got, looks]).toEqual([0, 4]);
  });

  test("reopened: what provably had no effect may be sent once more", async () => {
    const sender = await open({});
    const got = await received(async () => {
      await sender.send("a", [pay()]);
      await sender.reopen("a");
      expect(sender.sent("a")).toBeUndefined();
      await sender.send("a", [pay()]);
    });
    expect(got).toBe(2);
  });

  test("another wallet's journal, or a torn one: refused before anything is sent", async () => {
    const journal = new MemoryJournal();
    await open({ journal });
    await journal.close();
    const again = journal.again();
    const other = WalletSender.open({
      chain,
      network: "testnet",
      key,
      journal: again,
      pace,
    });
    await expect(other).rejects.toThrow("belongs to wallet");
    await again.append(0, ['{"type":"paid?"}']);
    await expect(open({ journal: again })).rejects.toThrow("cannot be read");
    await expect((await open({})).send("none", [])).rejects.toThrow("between 1 and 255");
  });

  test("coins in words", () => {
    expect([inCoins(0n), inCoins(1n), inCoins(1_500_000_000n), inCoins(10n ** 9n)]).toEqual([
      "0 TON",
      "0.000000001 TON",
      "1.5 TON",
      "1 TON",
    ]);
  });
});
