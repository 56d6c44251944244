/**
 * An escrow pays for a job of the network, end to end: what the network verified is paid, another
 * result is not, silence pays nobody, and a network that is killed between the result and the
 * verdict brings it once.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDeployment } from "../../src/adapters/ton/deployment.ts";
import { TREASURER } from "../../src/app/live/treasurer-address.ts";
import type { Seen } from "../../src/live/view.ts";
import { Town } from "./escrow-town.ts";
import { dev } from "./served-chain.ts";

const PRICE = 10_000_000_003n;
const BOND = 2_000_000_000n;
const PART = PRICE / 5n;

/** Of a job's end and of its escrow's, as contributor and treasurer hear of them. */
const moments = new Set(["JobSettled", "EscrowJudged", "submitted", "Landed"]);

let town: Town;
const copies = new Map<string, Town>();

beforeAll(async () => {
  town = await Town.found();
  await town.up();
  await town.settleDown();
}, 300_000);
afterAll(async () => {
  for (const copy of copies.values()) await copy.raze();
  await town.raze();
});

const work = (escrow: string, salt: string) => ({
  job: { kind: "sizes", mflops: [360, 720] },
  escrow: { address: escrow, salt },
});

/** Paid by its client, accepted by its worker. */
async function opened(name: string) {
  const terms = await town.terms(name);
  const funded = await town.run("ada", "escrow", "fund", terms);
  expect(funded).toMatchObject({ state: "funded", watch: { state: "watched" } });
  expect(await town.run("you", "escrow", "accept", terms)).toMatchObject({ state: "accepted" });
  return { terms, escrow: String(funded.escrow), name };
}

/** Its job done and verified. */
async function worked({ escrow, name }: { readonly escrow: string; readonly name: string }) {
  const you = town.client("you");
  const { id } = await you.submit(work(escrow, name));
  const ended = await you.wait(id);
  expect([ended.state, ended.result]).toEqual(["settled", expect.stringMatching(/^[0-9a-f]{64}$/)]);
  return ended;
}

function fateOf(at: Town, job: string, state: string) {
  return at.eventually(async () => {
    const { escrow } = await at.client("you").status(job);
    return escrow?.state === state ? escrow : undefined;
  });
}

const moved = (before: ReadonlyArray<bigint>, after: ReadonlyArray<bigint>) =>
  after.map((amount, at) => amount - (before[at] ?? 0n));

describe("Escrow and job", { timeout: 200_000 }, () => {
  test("what was verified and submitted is paid: to the last nano, in one verdict", async () => {
    const before = await town.balances();
    const one = await opened("paid");
    const { id, result } = await worked(one);
    const early = await town.run("ada", "escrow", "submit", one.terms, "--job", id);
    expect(early.error?.message).toMatch(/there is no job/);
    const submitted = await town.run("you", "escrow", "submit", one.terms, "--job", id);
    expect(submitted).toMatchObject({ resultHash: result });
    expect(await fateOf(town, id, "settled")).toMatchObject({ verdict: "good" });
    expect(moved(before, await town.balances())).toEqual([-PRICE, PRICE - PART, PART]);
    expect(await town.verdictsAt(one.escrow)).toBe(1);
    const { facts } = await town.client("you").explain(id);
    expect(facts.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^The verdict "good" landed: the escrow paid its worker/),
    );
  });

  test("another hash than the verified one: the client has its price back", async () => {
    const before = await town.balances();
    const two = await opened("slashed");
    const { id } = await worked(two);
    const other = ["--result", "ab".repeat(32)];
    await town.run("you", "escrow", "submit", two.terms, ...other);
    expect(await fateOf(town, id, "settled")).toMatchObject({ verdict: "wrong" });
    expect(moved(before, await town.balances())).toEqual([0n, -BOND, BOND]);
    expect(await town.verdictsAt(two.escrow)).toBe(1);
  });

  test("submitted without a job: wrong at the middle of the judging time", async () => {
    const before = await town.balances();
    const three = await opened("silent");
    const garbage = ["--result", "cd".repeat(32)];
    await town.run("you", "escrow", "submit", three.terms, ...garbage);
    const again = () => town.client("ada").watchEscrow(three.escrow);
    expect(await again()).toMatchObject({ state: "watched", verdict: null });
    expect(await town.verdictsAt(three.escrow)).toBe(0);
    await dev(new URL(readDeployment(town.folder).endpoint).origin, "time", { advance: 1_801 });
    const fate = await town.eventually(async () => {
      const seen = await again();
      return seen.state === "settled" ? seen : undefined;
    });
    expect(fate.verdict).toBe("wrong");
    expect(moved(before, await town.balances())).toEqual([0n, -BOND, BOND]);
  });

  test("refused: not accepted yet, another's job, another network's verifiers", async () => {
    const terms = await town.terms("early");
    const { escrow } = await town.run("ada", "escrow", "fund", terms);
    const submit = (salt = "early", mflops = [360, 720]) =>
      town.client("you").submit({ ...work(String(escrow), salt), job: { kind: "sizes", mflops } });
    await expect(submit()).rejects.toThrow(/accept it first: pingo chain escrow accept/);
    await town.run("you", "escrow", "accept", terms);
    await expect(submit("early", [1])).rejects.toThrow(/is for another job than this/);
    await expect(submit("late")).rejects.toThrow(/with the salt of its terms/);
    const { minter } = readDeployment(town.folder).contracts;
    await expect(town.client("you").submit(work(minter.toString(), "early"))).rejects.toThrow(
      /is no escrow of this network's PINGO/,
    );
    const own = `verifiers: { threshold: 1, keys: ["${"ab".repeat(32)}"] }\n`;
    const strange = await town.terms("strange");
    writeFileSync(strange, readFileSync(strange, "utf8").replace(/verifiers: .*\n/, own));
    const watched = await town.run("ada", "escrow", "fund", strange);
    expect(watched).toMatchObject({
      state: "funded",
      watch: { state: "unwatched", what: expect.stringMatching(/0 of them are this network's/) },
    });
  });

  test("killed between the result and the verdict: one verdict, nothing twice", async () => {
    const before = await town.balances();
    const four = await opened("killed");
    // where each of these is on the disk and what follows it is not
    town.onSeen = ({ actor, delivery: { message } }: Seen) => {
      const { outcome } = message as { outcome?: { value?: { type: string; state?: string } } };
      const isHere = actor === TREASURER || actor === "contributor/you";
      const what = outcome?.value?.state ?? outcome?.value?.type ?? message.type;
      if (!isHere || !moments.has(what) || copies.has(what)) return;
      copies.set(what, town.copy(what));
    };
    const { id, result } = await worked(four);
    await town.run("you", "escrow", "submit", four.terms, "--job", id);
    await fateOf(town, id, "settled");
    town.onSeen = () => {};
    const paid = [-PRICE, PRICE - PART, PART];
    expect(moved(before, await town.balances())).toEqual(paid);
    await town.down();
    expect(new Set(copies.keys())).toEqual(moments);
    for (const copy of copies.values()) {
      await copy.up();
      if ((await copy.stateOf(four.escrow)) !== "accepted") continue;
      await copy.eventually(async () => (await copy.client("you").status(id)).result ?? undefined);
      const submitted = await copy.run("you", "escrow", "submit", four.terms, "--job", id);
      expect(submitted).toMatchObject({ exit: 0, resultHash: result });
    }
    // each waits for its chain to be ready, so they wait together
    const ends = [...copies].map(async ([moment, copy]) => {
      const { verdict } = await fateOf(copy, id, "settled");
      const sums = moved(before, await copy.balances());
      return [moment, verdict, sums, await copy.verdictsAt(four.escrow)];
    });
    expect(await Promise.all(ends)).toEqual(
      [...copies.keys()].map((moment) => [moment, "good", paid, 1]),
    );
  });
});
