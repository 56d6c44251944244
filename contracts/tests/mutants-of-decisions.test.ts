/** Mistakes in the anchor, the council, its proposals and the meme factory. */
import { beginCell, toNano } from "@ton/core";
import { parameterName } from "../../src/adapters/ton/wrappers/governance.ts";
import { onChainMetadata } from "../../src/adapters/ton/wrappers/metadata.ts";
import { proofOf } from "../../src/policies/rewards/claims.ts";
import { balanceOf, broken } from "./chain.ts";
import { pingoOf } from "./jobs.ts";
import type { Replaced } from "./kept-worlds.ts";
import { bytes, create, holding, MEME_SUPPLY, memeBy, openFair } from "./memes.ts";
import { type Mutant, plant, type Story } from "./plant.ts";
import {
  CHALLENGER_BOND,
  commit,
  leafOf,
  openLayer,
  PATIENCE,
  SEQUENCER_BOND,
  WINDOW,
} from "./sequencer.ts";
import {
  PRICE_NAME,
  proposalNo,
  propose,
  seated,
  TIMELOCK,
  VETO_UNTIL,
  VOTING,
  vote,
} from "./voters.ts";

const ONE = toNano("1");
const word = (op: number) => beginCell().storeUint(op, 32).storeUint(0, 64);
const rootNo = (n: number) => Buffer.alloc(32, n);

async function layered(replaced: Replaced) {
  const layer = await openLayer("old", replaced);
  const { anchor, arbiter, market } = layer;
  const { token, worker, passer } = market;
  const leaves = [leafOf(worker, 60n), leafOf(passer, 5n)];
  return {
    ...layer,
    layer,
    leaves,
    wait: (seconds: number) => {
      token.chain.now = token.chain.now! + seconds;
    },
    finalize: () => anchor.sendFinalize(passer.getSender(), ONE),
    challenge: (index: number) =>
      anchor.sendChallenge(worker.getSender(), { value: CHALLENGER_BOND + ONE, index }),
    resolve: (isFraud: boolean) => anchor.sendResolve(arbiter.getSender(), { value: ONE, isFraud }),
    withdraw: (index = 0) => {
      const proof = proofOf(leaves, index);
      const cumulative = leaves[index]?.cumulative ?? 0n;
      return anchor.sendClaim(worker.getSender(), { value: ONE, cumulative, proof });
    },
  };
}

const failedWithdrawalsAreUndone: Story = async (replaced) => {
  const { anchor, layer, leaves, market, wait, finalize, withdraw } = await layered(replaced);
  const { token, worker } = market;
  await commit(layer, leaves);
  wait(WINDOW);
  await finalize();
  // First the owner's wallet fails, then the anchor's own.
  await broken(token.chain, await token.minter.getWalletAddress(worker.address));
  await withdraw();
  const first = (await anchor.getData()).paid;
  await broken(token.chain, await token.minter.getWalletAddress(anchor.address));
  await withdraw();
  return first === 0n && (await anchor.getData()).paid === 0n;
};

const bondsStay: Story = async (replaced) => {
  const { anchor, layer, challenge, market } = await layered(replaced);
  await commit(layer, rootNo(1));
  await challenge(1);
  const kept = await balanceOf(market.token.chain, anchor.address);
  return kept > SEQUENCER_BOND + CHALLENGER_BOND;
};

const sixteenArePending: Story = async (replaced) => {
  const { anchor, layer } = await layered(replaced);
  for (let n = 1; n <= 17; n += 1) await commit(layer, rootNo(n));
  return (await anchor.getData()).tip === 16;
};

const rootsAreLinked: Story = async (replaced) => {
  const { anchor, layer } = await layered(replaced);
  await commit(layer, rootNo(1), { previous: rootNo(9) });
  return (await anchor.getData()).tip === 0;
};

const windowsAreWaitedFor: Story = async (replaced) => {
  const { anchor, layer, finalize } = await layered(replaced);
  await commit(layer, rootNo(1));
  await finalize();
  return (await anchor.getData()).finalIndex === 0;
};

const challengesOpenWindowsAnew: Story = async (replaced) => {
  const { anchor, layer, challenge, resolve, wait, finalize } = await layered(replaced);
  await commit(layer, rootNo(1));
  await commit(layer, rootNo(2));
  await challenge(2);
  wait(WINDOW);
  await resolve(false);
  await finalize();
  return (await anchor.getData()).finalIndex === 0;
};

const nothingIsFinalUnderChallenge: Story = async (replaced) => {
  const { anchor, layer, challenge, wait, finalize } = await layered(replaced);
  await commit(layer, rootNo(1));
  await challenge(1);
  wait(WINDOW);
  await finalize();
  return (await anchor.getData()).finalIndex === 0;
};

const fraudGoes: Story = async (replaced) => {
  const { anchor, layer, challenge, resolve } = await layered(replaced);
  for (let n = 1; n <= 3; n += 1) await commit(layer, rootNo(n));
  await challenge(2);
  await resolve(true);
  const { tip, bond } = await anchor.getData();
  return tip === 1 && bond === 0n;
};

const arbitersAreWaitedFor: Story = async (replaced) => {
  const { anchor, layer, challenge, market, wait } = await layered(replaced);
  await commit(layer, rootNo(1));
  await challenge(1);
  wait(PATIENCE);
  await anchor.sendLapse(market.passer.getSender(), ONE);
  return (await anchor.getData()).challenged === 1;
};

const onlyDepositsArePaid: Story = async (replaced) => {
  const { anchor, market } = await layered(replaced);
  const { client } = market;
  const before = (await anchor.getData()).deposited;
  const body = word(0x7362d09c).storeCoins(9).storeAddress(client.address).storeBit(0);
  await client.send({ to: anchor.address, value: ONE, body: body.endCell() });
  return (await anchor.getData()).deposited === before;
};

const nobodyOrdersWithdrawals: Story = async (replaced) => {
  const { anchor, market } = await layered(replaced);
  const { token, worker } = market;
  const before = await pingoOf(token, worker.address);
  const body = word(0xabf71588).storeUint(7, 64).storeAddress(worker.address);
  await worker.send({ to: anchor.address, value: ONE, body: body.endCell() });
  return (await pingoOf(token, worker.address)) === before;
};

async function voted(replaced: Replaced, by: ReadonlyArray<number>) {
  const assembly = await seated("old", replaced);
  await propose(assembly);
  const proposal = await proposalNo(assembly, 0);
  for (const each of by) await vote(assembly, proposal, { by: each, inFavour: true });
  const execute = () => proposal.sendExecute(assembly.publisher.getSender(), ONE);
  const price = async () => (await assembly.parameters.getParameter(PRICE_NAME)).value;
  const wait = (seconds: number) => {
    assembly.chain.now = assembly.chain.now! + seconds;
  };
  return { ...assembly, assembly, proposal, execute, price, wait };
}

const timelockHolds: Story = async (replaced) => {
  const { execute, price, wait } = await voted(replaced, [0]);
  wait(VOTING);
  await execute();
  return (await price()) === 100n;
};

const quorumHolds: Story = async (replaced) => {
  const { execute, price, wait } = await voted(replaced, [1]);
  wait(VOTING + TIMELOCK);
  await execute();
  return (await price()) === 100n;
};

const vetoExpires: Story = async (replaced) => {
  const { chain, proposal, guardian } = await voted(replaced, [0]);
  chain.now = VETO_UNTIL;
  await proposal.sendVeto(guardian.getSender(), ONE);
  return (await proposal.getData()).status === "open";
};

const onlyTheGuardianVetoes: Story = async (replaced) => {
  const { proposal, publisher } = await voted(replaced, [0]);
  await proposal.sendVeto(publisher.getSender(), ONE);
  return (await proposal.getData()).status === "open";
};

const votesCountOnce: Story = async (replaced) => {
  const { proposal } = await voted(replaced, [1, 1]);
  return (await proposal.getData()).inFavour === 30n;
};

const nobodyCountsVotes: Story = async (replaced) => {
  const { proposal, voters } = await voted(replaced, []);
  const [voter] = voters;
  const body = word(0xabf71588).storeUint(99, 64).storeAddress(voter!.address);
  await voter!.send({ to: proposal.address, value: ONE, body: body.endCell() });
  return (await proposal.getData()).against === 0n;
};

const nobodyApproves: Story = async (replaced) => {
  const { council, parameters, voters, price } = await voted(replaced, []);
  const [voter] = voters;
  const change = beginCell()
    .storeAddress(parameters.address)
    .storeUint(parameterName(PRICE_NAME), 256)
    .storeUint(60, 128);
  const body = word(0x6b92d014).storeUint(7, 32).storeRef(change.endCell());
  const cell = body.storeAddress(voter!.address).endCell();
  await voter!.send({ to: council.address, value: ONE, body: cell });
  return (await price()) === 100n;
};

const boundsHold: Story = async (replaced) => {
  const { assembly, price, wait, publisher } = await voted(replaced, []);
  await propose(assembly, { change: { value: 9_999n } });
  const wild = await proposalNo(assembly, 1);
  await vote(assembly, wild, { by: 0, inFavour: true });
  wait(VOTING + TIMELOCK);
  await wild.sendExecute(publisher.getSender(), ONE);
  return (await price()) === 100n;
};

const duplicatesCostNothing: Story = async (replaced) => {
  const fair = await openFair("old", replaced);
  await create(fair, fair.alice);
  const before = await fair.alice.getBalance();
  await create(fair, fair.alice);
  return before - (await fair.alice.getBalance()) < toNano("0.1");
};

const contentIsBounded: Story = async (replaced) => {
  const fair = await openFair("old", replaced);
  const large = { name: "a", symbol: "b", image_data: bytes(6144) };
  const content = onChainMetadata(large);
  await create(fair, fair.alice, { content, value: toNano("9") });
  const { address } = await memeBy(fair, fair.alice, { content });
  return (await balanceOf(fair.chain, address)) === 0n;
};

const masterchainIsRefused: Story = async (replaced) => {
  const fair = await openFair("old", replaced);
  const master = await fair.chain.treasury("master", { workchain: -1 });
  await create(fair, master);
  const { address } = await memeBy(fair, master);
  return (await balanceOf(fair.chain, address)) === 0n;
};

const supplyIsBornOnce: Story = async (replaced) => {
  const fair = await openFair("old", replaced);
  await create(fair, fair.alice);
  await create(fair, fair.alice);
  const meme = await memeBy(fair, fair.alice);
  return (await (await holding(fair, meme, fair.alice)).getBalance()) === MEME_SUPPLY;
};

const supplyFallsByBurnsOnly: Story = async (replaced) => {
  const fair = await openFair("old", replaced);
  const { alice, bob } = fair;
  await create(fair, alice);
  const meme = await memeBy(fair, alice);
  const body = word(0x7bdd97de).storeCoins(9).storeAddress(alice.address).storeAddress(null);
  await bob.send({ to: meme.address, value: ONE, body: body.endCell() });
  return (await meme.getSupply()) === MEME_SUPPLY;
};

const mutants: ReadonlyArray<Mutant> = [
  ["roots/anchor", "vault.paid -= amount;", "", failedWithdrawalsAreUndone],
  [
    "roots/anchor",
    "bounce: BounceMode.RichBounce,",
    "bounce: BounceMode.Only256BitsOfBody,",
    failedWithdrawalsAreUndone,
  ],
  ["roots/anchor", "anchor.keepBonds(in.valueCoins - locked);", "", bondsStay],
  ["roots/anchor", "anchor.tip - anchor.finalIndex < MOST_PENDING", "true", sixteenArePending],
  ["roots/anchor", "msg.previous == anchor.newest()", "true", rootsAreLinked],
  ["roots/anchor", "!anchor.isChallengeable(pending, limits)", "true", windowsAreWaitedFor],
  ["roots/anchor", "self.clearedAt = blockchain.now();", "", challengesOpenWindowsAnew],
  [
    "roots/anchor",
    "assert (anchor.challenge == null) throw ERR_CHALLENGED;\n            val next",
    "val next",
    nothingIsFinalUnderChallenge,
  ],
  [
    "roots/anchor",
    "anchor.bond = 0;\n                anchor.dropFrom",
    "anchor.dropFrom",
    fraudGoes,
  ],
  ["roots/anchor", "blockchain.now() > patience", "true", arbitersAreWaitedFor],
  ["roots/anchor", "in.senderAddress == vault.wallet", "true", onlyDepositsArePaid],
  [
    "roots/anchor",
    "in.senderAddress == record.calculateAddress()",
    "true",
    nobodyOrdersWithdrawals,
  ],
  ["governance/proposal", "blockchain.now() >= terms.executableAt", "true", timelockHolds],
  ["governance/proposal", "& (self.inFavour + self.against >= terms.quorum)", "", quorumHolds],
  ["governance/proposal", "blockchain.now() < terms.vetoUntil", "true", vetoExpires],
  ["governance/proposal", "in.senderAddress == terms.guardian", "true", onlyTheGuardianVetoes],
  ["rewards/record", "record.claimed = msg.cumulative;", "", votesCountOnce],
  [
    "governance/proposal",
    "in.senderAddress == record.calculateAddress()",
    "true",
    nobodyCountsVotes,
  ],
  ["governance/council", "in.senderAddress == proposal.calculateAddress()", "true", nobodyApproves],
  ["governance/parameters", "assert (isAllowed) throw ERR_OUT_OF_BOUNDS;", "", boundsHold],
  [
    "memes/minter",
    "return sendRest(origin.creator, msg.queryId);",
    "throw ERR_NOT_FACTORY;",
    duplicatesCostNothing,
  ],
  ["memes/factory", "isSmall && (bits <= MOST_CONTENT_BITS)", "true", contentIsBounded],
  ["memes/factory", "workchain == BASECHAIN", "true", masterchainIsRefused],
  ["memes/minter", "if (meme.isBorn) {", "if (false) {", supplyIsBornOnce],
  ["memes/minter", "in.senderAddress == wallet.calculateAddress()", "true", supplyFallsByBurnsOnly],
];

plant("Mutants of roots, votes and memes", mutants);
