/**
 * Makes the chain of a network's folder ready: its own local one, whose contracts are deployed at
 * the first start, or those that `pingo chain deploy` left on a chain of the world. All of it is
 * loaded here: a network without a chain does not pay for one.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Effect, type Scope } from "effect";
import type { TonKey } from "../../adapters/ton/keys.ts";
import type { FencingToken } from "../../live/leases.ts";
import type { LivePort } from "../../live/live-port.ts";
import type { ShardId } from "../../live/shard.ts";
import { makePrivateFolder } from "../gateway/private-file.ts";
import { CommandError } from "../outcome.ts";
import type { ChainConfig } from "./config.ts";

export interface TonChain {
  /** State folder of the network. */
  readonly folder: string;
  readonly chain: ChainConfig;
  readonly say: (line: string) => void;
}

const ONLY = 1 as FencingToken;
/** Coins that the network's own wallet begins with on a local chain, nano. */
const LOCAL_COINS = 10_000_000_000n;
const ISSUERS = [0, 1, 2] as const;

export function tonChain(place: TonChain): Effect.Effect<LivePort, unknown, Scope.Scope> {
  const { folder, chain, say } = place;
  return Effect.gen(function* () {
    const endpoint = chain.network === "local" ? yield* localEndpoint(place) : undefined;
    const port = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => portOf(place, endpoint), catch: (error) => error }),
      (open) => Effect.promise(() => open.close()),
    );
    say(`chain: the contracts in ${folder} are reached`);
    return port;
  });
}

function localEndpoint({ folder, chain, say }: TonChain) {
  return Effect.gen(function* () {
    const { openLocalChain } = yield* Effect.promise(() => import("../chain/open-local-chain.ts"));
    const port = chain.port === 0 ? yield* portAgain(folder) : chain.port;
    const local = yield* openLocalChain(folder, port, say);
    const { localDeployment } = yield* Effect.promise(() => import("../chain/carry-out.ts"));
    const { endpoint } = local;
    const deploy = (signal: AbortSignal) => localDeployment({ folder, endpoint, say, signal });
    yield* Effect.tryPromise({ try: deploy, catch: (error) => error });
    say(`chain: a local one at ${endpoint}`);
    return endpoint;
  });
}

/** The port of before, so that wallets find the chain again; any where somebody else has it now. */
function portAgain(folder: string): Effect.Effect<number, unknown> {
  const find = async () => {
    const { knownDeployment } = await import("../../adapters/ton/deployment.ts");
    const known = knownDeployment(folder);
    if (known?.settings.network !== "local") return 0;
    const { createServer } = await import("node:net");
    const port = Number(new URL(known.endpoint).port);
    const server = createServer();
    return await new Promise<number>((resolve) => {
      server.once("error", () => resolve(0));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
    });
  };
  return Effect.tryPromise({ try: find, catch: (error) => error });
}

async function portOf(
  { folder, chain, say }: TonChain,
  endpoint: string | undefined,
): Promise<LivePort> {
  const { network } = chain;
  const { readDeployment } = await import("../../adapters/ton/deployment.ts");
  const deployment = readDeployment(folder);
  if (deployment.settings.network !== network) {
    throw new CommandError(
      `${folder} has contracts on ${deployment.settings.network}, and network.yaml says ` +
        `${network}; correct chain.network or deploy there`,
    );
  }
  const { openHand } = await import("../chain/hand.ts");
  const { ownKey } = await import("../chain/own-keys.ts");
  const { ChainPort } = await import("../../adapters/ton/chain-port.ts");
  const { WalletSender, paceOf } = await import("../../adapters/ton/sender.ts");
  const { FileJournals } = await import("../../adapters/store/file-journal.ts");
  const key = await ownKey({ network }, folder);
  const flags = { network, endpoint: endpoint ?? deployment.endpoint };
  const given = new AbortController();
  const hand = await openHand(flags, folder, key, given.signal);
  if (network === "local") await hand.fund(LOCAL_COINS);
  await hand.close();
  const kept = join(folder, "chain", "sent");
  makePrivateFolder(kept);
  const shard = `${network}-${hand.address.hash.toString("hex").slice(0, 16)}` as ShardId;
  const journal = await new FileJournals({ folder: kept }).open(shard, ONLY);
  const pace = paceOf(network);
  const parts = { chain: hand.chain, network, key, journal, pace };
  const sender = await WalletSender.open(parts);
  const issuers = await issuersIn(folder);
  const port = new ChainPort({
    chain: hand.chain,
    sender,
    pace,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    collection: deployment.contracts.collection,
    distributors: deployment.distributors.map(({ address }) => address),
    minter: deployment.contracts.minter,
    pool: deployment.contracts.pool,
    issuers,
    verifiers: issuers,
    note: (why) => say(`chain: ${why}`),
  });
  return {
    call: (caller, call, tell) => port.call(caller, call, tell),
    close: async () => {
      given.abort();
      await port.close();
      await sender.close();
    },
  };
}

/** The issuers' keys that this network holds; two of three sign a voucher. */
async function issuersIn(folder: string): Promise<ReadonlyArray<TonKey>> {
  const { issuerKeyFile } = await import("../../adapters/ton/key-files.ts");
  const { readKeyFile } = await import("../../adapters/ton/keys.ts");
  const files = ISSUERS.map((n) => issuerKeyFile(folder, n)).filter((file) => existsSync(file));
  return Promise.all(files.map((file) => readKeyFile(file)));
}
