/** `pingo edge`, `pingo node --invitation`, `pingo gateway`: one part of a network until Ctrl-C. */
import { join } from "node:path";
import { Effect, type Scope } from "effect";
import type { Credentials } from "../../adapters/nats/credentials.ts";
import type { SettingsStore } from "../../adapters/nats/settings.ts";
import { OnnxRunner } from "../../adapters/onnx/runner.ts";
import { address } from "../../kernel/address.ts";
import type { Blobs } from "../../live/blobs.ts";
import { CORE } from "../../live/shard.ts";
import type { SlotPriority } from "../../live/slots.ts";
import { gatewayBeside } from "../gateway/beside-network.ts";
import type { NetworkConfig } from "../live/config.ts";
import { heedOwner } from "../live/machine.ts";
import { contributorsOf } from "../live/plan.ts";
import { SettingsInForce } from "../live/settings-in-force.ts";
import { defaultFolder, openStateFolder } from "../live/state-folder.ts";
import { type NodeAgent, startNodeAgent } from "../node/node-agent.ts";
import type { Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { planner } from "../work/plan.ts";
import { machinesOf, openCore } from "./core-over-nats.ts";
import { openEdge, type PartOfNetwork } from "./edge-over-nats.ts";
import {
  type Followed,
  type Follower,
  followSettings,
  type SettingsName,
} from "./follow-settings.ts";
import { type Invitation, readInvitation } from "./invitation.ts";
import { type Ending, inWords, keepGoing } from "./keep-going.ts";
import { watchMembers } from "./members.ts";
import { openNode } from "./node-over-nats.ts";
import { admitShards, knownTrust } from "./operator-keys.ts";
import { KeptConnections } from "./over-nats.ts";
import type { StandBy } from "./patient-leases.ts";
import { letOthersFollow, ofOperator, ownInForce, settingsChange } from "./publish-settings.ts";

export interface PartFlags {
  readonly invitation: string;
  readonly dir?: string;
  /** Instead of the address that the invitation names. */
  readonly nats?: string;
  readonly give?: string;
  readonly priority?: SlotPriority;
  readonly page?: number;
  readonly json?: boolean;
}

export interface GatewayFlags {
  readonly nats: string;
  readonly dir?: string;
  readonly host?: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly json?: boolean;
}

type Here = StandBy & { readonly kept: KeptConnections };

/** Runs lives of a part until it is asked to end. */
async function run(
  {
    flags,
    inForce,
  }: { readonly flags: { readonly json?: boolean }; readonly inForce: SettingsInForce },
  live: (asked: Promise<"asked">, here: Here) => Effect.Effect<Ending, unknown, Scope.Scope>,
): Promise<Exit> {
  const interrupt = new Interrupt();
  const asked = new Promise<"asked">((resolve) => interrupt.onAsk(() => resolve("asked")));
  const say = flags.json === true ? () => {} : note;
  const kept = new KeptConnections();
  const here = { isAsked: () => interrupt.asked, say, kept };
  try {
    const one = Effect.suspend(() => live(asked, here));
    const noted = Effect.tap(one, (ending) =>
      Effect.sync(() => {
        if (typeof ending === "string") inForce.ends();
      }),
    );
    return await keepGoing({ ...here, live: () => noted });
  } finally {
    await kept.close();
  }
}

interface Facts {
  readonly [fact: string]: unknown;
  readonly settings?: SettingsName | undefined;
}

function announce(flags: { readonly json?: boolean }, what: string, facts: Facts): void {
  const { settings } = facts;
  if (flags.json === true) {
    printJson({ up: true, pid: process.pid, ...facts });
    return;
  }
  print(`${what} is up. Ctrl-C stops it; started again it goes on.`);
  if (settings !== undefined) {
    print(`  settings  version ${settings.version} (${settings.hash})`);
  }
}

function partOf(flags: PartFlags, role: Invitation["role"]) {
  const { name, url, credentials, config, given } = invitationOf(flags, role);
  const folder = flags.dir ?? join(defaultFolder(), `${role}-${name}`);
  const part = { name, url: flags.nats ?? url, credentials, config, folder };
  return {
    part,
    own: { file: flags.invitation, given, config },
    inForce: new SettingsInForce(folder),
  };
}

/** Follows the network's settings in one life, and says afterwards what came of it. */
function followerOf(follower: Follower) {
  const made: { followed?: Followed; store?: SettingsStore | undefined } = {};
  const follow: PartOfNetwork["follow"] = async (published) => {
    made.store = published;
    made.followed = await followSettings(follower, published);
    return made.followed.config;
  };
  return { made, follow };
}

function invitationOf({ invitation }: PartFlags, role: Invitation["role"]): Invitation {
  try {
    return readInvitation(invitation, role);
  } catch (error) {
    throw inWords(error);
  }
}

export function runEdge(flags: PartFlags): Promise<Exit> {
  const { part, own, inForce } = partOf(flags, "edge");
  return run({ flags, inForce }, (asked, here) =>
    Effect.gen(function* () {
      const { made, follow } = followerOf({ ...own, inForce, say: here.say });
      const network = yield* openEdge({ ...part, ...here, follow });
      const { followed } = made;
      if (followed?.isLast === true) return "again";
      const changed = yield* settingsChange(network.bus, followed?.name, made.store);
      announce(flags, `Edge ${part.name}`, { edge: part.name, settings: followed?.name });
      return yield* Effect.promise(() => Promise.race([asked, changed, network.broken]));
    }),
  );
}

export function runNode(flags: PartFlags): Promise<Exit> {
  const { part, own, inForce } = partOf(flags, "node");
  return run({ flags, inForce }, (asked, here) =>
    Effect.gen(function* () {
      const { made, follow } = followerOf({ ...own, inForce, say: here.say });
      const agent = yield* agentOf(part.name, flags, () => networkWords(part.url, made.followed));
      const running: { runner?: OnnxRunner } = {};
      const runner = (blobs: Blobs) =>
        Effect.map(runnerOf(part.folder, blobs, agent), (each) => {
          running.runner = each;
          return each;
        });
      const network = yield* openNode({ ...part, ...here, follow, runner });
      const { followed } = made;
      if (followed?.isLast === true) return "again";
      if (running.runner !== undefined) {
        const machine = { runner: running.runner, owner: agent.agent };
        yield* heedOwner(network, [address("node", part.name)], machine);
      }
      const facts = { node: part.name, page: agent.page.url, settings: followed?.name };
      announce(flags, `Node ${part.name}`, facts);
      return yield* Effect.promise(() => Promise.race([asked, network.broken]));
    }),
  );
}

/** What the node's page says of the network. */
function networkWords(url: string, followed: Followed | undefined): string {
  const name = followed?.name;
  if (name === undefined) return url;
  return `${url}, settings version ${name.version} (${name.hash})`;
}

function agentOf(
  node: string,
  { give, priority, page }: PartFlags,
  network: () => string,
): Effect.Effect<NodeAgent, unknown, Scope.Scope> {
  const start = () =>
    startNodeAgent({
      node,
      network,
      ...(give === undefined ? {} : { give }),
      ...(priority === undefined ? {} : { priority }),
      ...(page === undefined ? {} : { port: page }),
    });
  return Effect.acquireRelease(
    Effect.tryPromise({ try: start, catch: (error) => error }),
    (agent) => Effect.promise(() => agent.close()),
  );
}

const SLOT_MEMORY_MIB = 2_048;
const CACHE_BYTES = 2_000_000_000;

function runnerOf(folder: string, blobs: Blobs, { agent }: NodeAgent) {
  const make = () =>
    new OnnxRunner({
      blobs,
      slots: agent.slots,
      folder: join(folder, "runner"),
      cacheBytes: CACHE_BYTES,
      limits: () => ({ cpuShare: 1, memoryMib: SLOT_MEMORY_MIB }),
    });
  return Effect.acquireRelease(Effect.sync(make), (each) => Effect.promise(() => each.close()));
}

export function runGateway(flags: GatewayFlags): Promise<Exit> {
  const folder = flags.dir ?? defaultFolder();
  const place = { folder, url: flags.nats };
  openStateFolder(folder, 0);
  const inForce = ownInForce(folder);
  let admitted: Credentials | undefined;
  return run({ flags, inForce }, (asked, here) =>
    Effect.gen(function* () {
      const { config: said } = openStateFolder(folder, 0);
      admitted ??= yield* coreKey(folder, place.url);
      const credentials = admitted;
      const own = yield* ofOperator(place, { config: said, inForce, say: here.say });
      const config = own?.config ?? said;
      const part = { ...place, config, credentials, ...here };
      if (own?.isLast === true) {
        yield* openCore({ ...part, onDelivery: () => {} });
        return "again";
      }
      const gateway = gatewayBeside({
        folder,
        host: flags.host,
        port: flags.port,
        tls: { certFile: flags.tlsCert, keyFile: flags.tlsKey },
        contributor: config.requester,
        planner,
      });
      const { network, widened } = yield* openCore({ ...part, onDelivery: gateway.seen });
      const changed = yield* membersChanged(folder, config, (next) => {
        for (const told of machinesOf(next)) network.tell(told).catch(() => {});
      });
      if (own !== undefined) yield* letOthersFollow(own, network.bus);
      const running = yield* gateway.open(network, widened);
      const facts = { url: running.url, folder, settings: own?.name };
      announce(flags, `The gateway ${running.url}`, facts);
      return yield* Effect.promise(() => Promise.race([asked, changed, network.broken]));
    }),
  );
}

function coreKey(folder: string, url: string) {
  const open = async () => {
    const trust = knownTrust(folder);
    if (trust === undefined) return undefined;
    return (await admitShards({ folder, url }, trust, [CORE])).get(CORE);
  };
  return Effect.tryPromise({ try: open, catch: (error) => error });
}

/**
 * A contributor hears at once of machines that came. A new contributor is another actor, and other
 * owners are another rule of verification: then the core is opened again.
 */
function membersChanged(
  folder: string,
  config: NetworkConfig,
  machinesCame: (next: NetworkConfig) => void,
): Effect.Effect<Promise<"again">, never, Scope.Scope> {
  return Effect.gen(function* () {
    let again: (said: "again") => void = () => {};
    const promise = new Promise<"again">((resolve) => {
      again = resolve;
    });
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        watchMembers(folder, (next) => {
          const known = new Set(contributorsOf(config));
          if (contributorsOf(next).some((name) => !known.has(name))) again("again");
          else machinesCame(next);
        }),
      ),
      (watch) => Effect.sync(() => watch.stop()),
    );
    return promise;
  });
}
