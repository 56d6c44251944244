import { beginCell, toNano } from "@ton/core";
import type { SandboxContract } from "@ton/sandbox";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/adapters/ton/wrappers/errors.ts";
import {
  Parameters,
  type Proposal,
  parameterName,
} from "../../src/adapters/ton/wrappers/governance.ts";
import { codes, constantOf, dataOf, gasOf, leastValue, NOW } from "./chain.ts";
import { expectNoTransaction, expectRefusal } from "./expectations.ts";
import {
  type Assembly,
  DELAY,
  openAssembly,
  PRICE_NAME,
  proposalNo,
  propose,
  seated,
  snapshotOf,
  TIMELOCK,
  VETO_UNTIL,
  VOTING,
  vote,
  weightOf,
} from "./voters.ts";

const ONE = toNano("1");
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);

describe("Governance", () => {
  let assembly: Assembly;
  let start: ReturnType<Assembly["chain"]["snapshot"]>;
  let proposal: SandboxContract<Proposal>;
  beforeAll(async () => {
    assembly = await seated();
    await propose(assembly);
    proposal = await proposalNo(assembly, 0);
    start = assembly.chain.snapshot();
  });
  const fresh = () => assembly.chain.loadFrom(start);
  const wait = (seconds: number) => {
    assembly.chain.now = assembly.chain.now! + seconds;
  };
  const execute = (value = ONE, which = proposal) =>
    which.sendExecute(assembly.publisher.getSender(), value);
  const price = async () => (await assembly.parameters.getParameter(PRICE_NAME)).value;
  const yes = (by: number) => vote(assembly, proposal, { by, inFavour: true });
  const no = (by: number) => vote(assembly, proposal, { by, inFavour: false });

  test("a change is won, waits for the timelock and is executed once", async () => {
    await fresh();
    await yes(0);
    await no(1);
    expect(await proposal.getData()).toMatchObject({ inFavour: 50n, against: 30n, quorum: 40n });
    wait(VOTING + TIMELOCK - 1);
    expectRefusal(await execute(), proposal.address, exitCodes.TOO_EARLY);
    wait(1);
    await execute();
    expect(await price()).toBe(150n);
    expect((await proposal.getData()).status).toBe("executed");
    expectRefusal(await execute(), proposal.address, exitCodes.WRONG_STATE);
  });

  test("a majority without a quorum, and a quorum without a majority, win nothing", async () => {
    await fresh();
    await yes(1);
    wait(VOTING + TIMELOCK);
    expectRefusal(await execute(), proposal.address, exitCodes.NOT_WON);
    await fresh();
    await no(0);
    await yes(1);
    await yes(2);
    expect(await proposal.getData()).toMatchObject({ inFavour: 45n, against: 50n, isWon: false });
    wait(VOTING + TIMELOCK);
    expectRefusal(await execute(), proposal.address, exitCodes.NOT_WON);
    expect(await price()).toBe(100n);
  });

  test("everybody votes once, with its own weight, before the end", async () => {
    await fresh();
    await yes(1);
    await yes(1);
    await no(1);
    expect(await proposal.getData()).toMatchObject({ inFavour: 30n, against: 0n });
    const stolen = { value: ONE, inFavour: true, ...weightOf(assembly, 0) };
    const theft = await proposal.sendVote(assembly.voters[1]!.getSender(), stolen);
    expectRefusal(theft, proposal.address, exitCodes.NOT_IN_ROOT);
    const more = { ...weightOf(assembly, 2), weight: 16n, value: ONE, inFavour: true };
    const inflated = await proposal.sendVote(assembly.voters[2]!.getSender(), more);
    expectRefusal(inflated, proposal.address, exitCodes.NOT_IN_ROOT);
    wait(VOTING);
    expectRefusal(await yes(0), proposal.address, exitCodes.TOO_LATE);
  });

  test("a change that nobody executed in time is stale", async () => {
    await fresh();
    await yes(0);
    wait(VOTING + 2 * TIMELOCK + 1);
    expectRefusal(await execute(), proposal.address, exitCodes.TOO_LATE);
  });

  test("a vote goes by the snapshot of its proposal, whatever is published later", async () => {
    await fresh();
    const { council, publisher, voters } = assembly;
    const lone = { ...assembly, leaves: [assembly.leaves[3]!] };
    await council.sendPublishSnapshot(publisher.getSender(), snapshotOf(lone, 2));
    wait(DELAY);
    await council.sendActivateSnapshot(publisher.getSender(), ONE);
    await yes(0);
    expect((await proposal.getData()).inFavour).toBe(50n);
    await propose(lone, { by: 0, value: ONE });
    expect((await council.getData()).nextId).toBe(1);
    const mine = await council.sendPropose(voters[3]!.getSender(), {
      value: ONE,
      ...weightOf(lone, 0),
      change: { target: assembly.parameters.address, name: PRICE_NAME, value: 60n },
    });
    expectNoTransaction(mine, { aborted: true });
    expect((await council.getData()).nextId).toBe(2);
  });

  describe("Veto", () => {
    const veto = (by = assembly.guardian) => proposal.sendVeto(by.getSender(), ONE);

    test("the guardian's, before the execution: final", async () => {
      await fresh();
      await yes(0);
      wait(VOTING + TIMELOCK);
      expectRefusal(await veto(assembly.publisher), proposal.address, exitCodes.NOT_GUARDIAN);
      await veto();
      expectRefusal(await execute(), proposal.address, exitCodes.WRONG_STATE);
      expect(await price()).toBe(100n);
    });

    test("it expires: a year on nobody stands above the voters", async () => {
      await fresh();
      assembly.chain.now = VETO_UNTIL - VOTING;
      await propose(assembly);
      const late = await proposalNo(assembly, 1);
      await vote(assembly, late, { by: 0, inFavour: true });
      assembly.chain.now = VETO_UNTIL;
      const refused = await late.sendVeto(assembly.guardian.getSender(), ONE);
      expectRefusal(refused, late.address, exitCodes.VETO_EXPIRED);
      wait(TIMELOCK);
      await execute(ONE, late);
      expect(await price()).toBe(150n);
    });

    test("not after the execution", async () => {
      await fresh();
      await yes(0);
      wait(VOTING + TIMELOCK);
      await execute();
      expectRefusal(await veto(), proposal.address, exitCodes.WRONG_STATE);
    });
  });

  describe("Snapshots", () => {
    let unseated: Assembly;
    beforeAll(async () => {
      unseated = await openAssembly();
    });
    const publish = (epoch: number, by = unseated.publisher) =>
      unseated.council.sendPublishSnapshot(by.getSender(), snapshotOf(unseated, epoch));

    test("published, delayed, vetoed or active; epochs rise", async () => {
      const { council, publisher, guardian, chain, voters } = unseated;
      const activate = () => council.sendActivateSnapshot(publisher.getSender(), ONE);
      const at = council.address;
      expectRefusal(await publish(1, voters[0]), at, exitCodes.NOT_PUBLISHER);
      await publish(3);
      expectRefusal(await publish(4), at, exitCodes.PENDING_EXISTS);
      expectRefusal(await activate(), at, exitCodes.TOO_EARLY);
      const early = await propose(unseated);
      expectRefusal(early, at, exitCodes.NOT_IN_ROOT);
      const strangers = await council.sendVetoSnapshot(publisher.getSender(), ONE);
      expectRefusal(strangers, at, exitCodes.NOT_GUARDIAN);
      await council.sendVetoSnapshot(guardian.getSender(), ONE);
      expectRefusal(await activate(), at, exitCodes.NOTHING_PENDING);
      await publish(3);
      chain.now = NOW + DELAY;
      const late = await council.sendVetoSnapshot(guardian.getSender(), ONE);
      expectRefusal(late, at, exitCodes.TOO_LATE);
      await publish(5);
      expect(await council.getData()).toMatchObject({ epoch: 3, pendingEpoch: 5, total: 100n });
      chain.now += DELAY;
      expectRefusal(await publish(5), at, exitCodes.WRONG_EPOCH);
      chain.now = VETO_UNTIL;
      await activate();
      await publish(6);
      const expired = await council.sendVetoSnapshot(guardian.getSender(), ONE);
      expectRefusal(expired, at, exitCodes.VETO_EXPIRED);
    });
  });

  test("a proposal needs weight", async () => {
    await fresh();
    const { council } = assembly;
    const light = await propose(assembly, { by: 3 });
    expectRefusal(light, council.address, exitCodes.NOT_ENOUGH_WEIGHT);
    expect((await council.getData()).nextId).toBe(1);
  });

  test("what the governed contract refuses changes nothing, and the coins come back", async () => {
    await fresh();
    await propose(assembly, { change: { value: 201n } });
    const wild = await proposalNo(assembly, 1);
    await vote(assembly, wild, { by: 0, inFavour: true });
    wait(VOTING + TIMELOCK);
    const before = await assembly.publisher.getBalance();
    const result = await execute(ONE, wild);
    expectRefusal(result, assembly.parameters.address, exitCodes.OUT_OF_BOUNDS);
    expect(await price()).toBe(100n);
    expect(before - (await assembly.publisher.getBalance())).toBeLessThan(toNano("0.05"));
  });

  test("forged: polls, counts, approvals and orders from strangers change nothing", async () => {
    await fresh();
    await yes(1);
    const { council, parameters, chain } = assembly;
    const [stranger] = assembly.voters;
    const state = () =>
      Promise.all([council, proposal, parameters].map(({ address }) => dataOf(chain, address)));
    const before = await state();
    const change = beginCell()
      .storeAddress(parameters.address)
      .storeUint(5, 256)
      .storeUint(60, 128)
      .endCell();
    const order = word(0x70617261).storeUint(5, 256).storeUint(60, 128);
    const approval = word(0x6b92d014).storeUint(0, 32).storeRef(change);
    const { address } = stranger!;
    const forgeries = [
      [
        proposal.address,
        word(0x1d5b7f42).storeRef(change).storeAddress(address),
        exitCodes.NOT_COUNCIL,
      ],
      [
        proposal.address,
        word(0xabf71588).storeUint(9, 64).storeAddress(address),
        exitCodes.NOT_RECORD,
      ],
      [council.address, approval.storeAddress(address), exitCodes.NOT_PROPOSAL],
      [parameters.address, order.storeAddress(address), exitCodes.NOT_GOVERNOR],
      [parameters.address, word(0x12345678), exitCodes.WRONG_OP],
    ] as const;
    for (const [to, body, code] of forgeries) {
      const result = await stranger!.send({ to, value: ONE, body: body.endCell() });
      expectRefusal(result, to, code);
    }
    expect(await state()).toEqual(before);
  });

  test("parameters: a first value within bounds, a known name", async () => {
    await fresh();
    const [code] = await codes("governance/parameters");
    const { council, parameters } = assembly;
    const wrong = { fee: { value: 5n, least: 6n, most: 7n } };
    expect(() => Parameters.of(council.address, wrong, code)).toThrow(
      "fee is 5: choose a value from 6 to 7",
    );
    await expect(parameters.getParameter("no such name")).rejects.toThrow("782");
  });

  test("the 64th parameter: the gas that was asked for is enough, a 65th is refused", async () => {
    await fresh();
    const { chain, publisher, guardian } = assembly;
    const [code] = await codes("governance/parameters");
    const each = { value: 5n, least: 0n, most: 9n };
    const names = Array.from({ length: 65 }, (_, n) => [`parameter ${n}`, each] as const);
    const many = Object.fromEntries(names.slice(1));
    const parameters = chain.openContract(Parameters.of(guardian.address, many, code));
    await parameters.sendDeploy(publisher.getSender(), ONE);
    const order = word(0x70617261)
      .storeUint(parameterName("parameter 7"), 256)
      .storeUint(9, 128)
      .storeAddress(publisher.address);
    const result = await guardian.send({
      to: parameters.address,
      value: ONE,
      body: order.endCell(),
    });
    const [gas] = gasOf(result, parameters.address);
    expect(gas).toBeLessThanOrEqual(constantOf("governance/fees", "GAS_PARAMETER"));
    expect((await parameters.getParameter("parameter 7")).value).toBe(9n);
    expect(() => Parameters.of(guardian.address, Object.fromEntries(names), code)).toThrow(
      "65 parameters, at most 64",
    );
  });

  test("any votes: counted once each, won exactly by quorum and majority", async () => {
    const ballot = fc.record({ by: fc.nat(3), inFavour: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(ballot, { maxLength: 7 }), async (ballots) => {
        await fresh();
        const first = new Map<number, boolean>();
        for (const each of ballots) {
          await vote(assembly, proposal, each);
          if (!first.has(each.by)) first.set(each.by, each.inFavour);
        }
        const sum = (side: boolean) =>
          [...first].reduce(
            (all, [by, inFavour]) => all + (inFavour === side ? weightOf(assembly, by).weight : 0n),
            0n,
          );
        const known = await proposal.getData();
        expect(known).toMatchObject({ inFavour: sum(true), against: sum(false) });
        wait(VOTING + TIMELOCK);
        await execute();
        const isWon = sum(true) > sum(false) && sum(true) + sum(false) >= 40n;
        expect(await price()).toBe(isWon ? 150n : 100n);
      }),
      { numRuns: 8 },
    );
  });

  test.each(["old", "reduced"] as const)(
    "%s prices: the least values are enough",
    async (prices) => {
      const cheap = await seated(prices);
      const { chain, council, voters, parameters } = cheap;
      const opens = (value: bigint) => propose(cheap, { value });
      const opened = await opens(await leastValue(chain, council.address, opens));
      expectNoTransaction(opened, { aborted: true });
      const poll = await proposalNo(cheap, 0);
      const votes = (value: bigint) => vote(cheap, poll, { by: 0, inFavour: true, value });
      const voted = await votes(await leastValue(chain, poll.address, votes));
      expectNoTransaction(voted, { aborted: true });
      chain.now = chain.now! + VOTING + TIMELOCK;
      const executes = (value: bigint) => poll.sendExecute(voters[3]!.getSender(), value);
      const executed = await executes(await leastValue(chain, poll.address, executes));
      expectNoTransaction(executed, { aborted: true });
      expect((await parameters.getParameter(PRICE_NAME)).value).toBe(150n);
    },
  );
});
