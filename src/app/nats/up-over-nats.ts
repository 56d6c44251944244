/** `pingo up --nats`: the same network, with its shards' journals and messages on a nats-server. */
import { Deferred, Effect, type Scope } from "effect";
import type { ShardId } from "../../live/shard.ts";
import type { Seen } from "../../live/view.ts";
import { gatewayBeside } from "../gateway/beside-network.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import type { NetworkConfig } from "../live/config.ts";
import { wholePlan } from "../live/plan.ts";
import { revivedOf } from "../live/revived.ts";
import type { SettingsInForce } from "../live/settings-in-force.ts";
import { defaultFolder, openStateFolder } from "../live/state-folder.ts";
import { announce, openWhole, type UpFlags, type WholeParts } from "../live/up.ts";
import type { Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note } from "../terminal/print.ts";
import { planner } from "../work/plan.ts";
import { type Ending, inWords, keepGoing } from "./keep-going.ts";
import { admitShards, knownTrust } from "./operator-keys.ts";
import { KeptConnections, natsParts } from "./over-nats.ts";
import { startOwnServer, stopOwnServer } from "./own-server.ts";
import { letOthersFollow, ofOperator, ownInForce } from "./publish-settings.ts";

interface UpOverNats {
  readonly flags: UpFlags;
  readonly folder: string;
  readonly config: NetworkConfig;
  readonly shards: ReadonlyArray<ShardId>;
  readonly kept: KeptConnections;
  readonly inForce: SettingsInForce;
  readonly isAsked: () => boolean;
  readonly asked: Promise<"asked">;
  readonly say: (line: string) => void;
}

/** With a server of its own it makes keys and trusts only them, as a network of many would. */
export async function upOverNats(flags: UpFlags): Promise<Exit> {
  const folder = flags.dir ?? defaultFolder();
  const { config } = openStateFolder(folder, flags.nodes, flags.chain);
  const interrupt = new Interrupt();
  const asked = new Promise<"asked">((resolve) => interrupt.onAsk(() => resolve("asked")));
  const isAsked = () => interrupt.asked;
  const say = flags.json === true ? () => {} : note;
  say(`starting ${config.machines.length} nodes over NATS, state in ${folder}`);
  const shards = wholePlan(config, liveBehaviours(config)).map(({ shard }) => shard);
  const kept = new KeptConnections();
  const inForce = ownInForce(folder);
  const up = { flags, folder, config, shards, kept, inForce, isAsked, asked, say };
  const going = async (url: string) => {
    try {
      return await keepGoing({ isAsked, say, live: () => life(up, url) });
    } finally {
      await kept.close();
    }
  };
  if (typeof flags.nats === "string") return await going(flags.nats);
  const server = await startOwnServer(folder).catch((error: unknown) => {
    throw inWords(error);
  });
  try {
    return await going(server.url);
  } finally {
    await stopOwnServer(folder, server);
  }
}

function life(up: UpOverNats, url: string): Effect.Effect<Ending, unknown, Scope.Scope> {
  const { flags, folder, config: said, shards, kept, inForce, isAsked, asked, say } = up;
  const admit = async () => {
    const trust = knownTrust(folder);
    return trust === undefined ? undefined : await admitShards({ folder, url }, trust, shards);
  };
  return Effect.gen(function* () {
    const credentials = yield* Effect.tryPromise({ try: admit, catch: (error) => error });
    const over = { folder, url, shards, credentials, troubled: say, isAsked, kept };
    const parts = yield* natsParts(over);
    const own = yield* ofOperator({ folder, url }, { config: said, inForce, say });
    const config = own?.config ?? said;
    if (own?.isLast === true) {
      yield* whole({ ...up, config }, parts, { onDelivery: () => {}, usable: Effect.never });
      inForce.ends();
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
    const usable = yield* Deferred.make<void>();
    const waits = { onDelivery: gateway.seen, usable: Deferred.await(usable) };
    const network = yield* whole({ ...up, config }, parts, waits);
    if (own !== undefined) yield* letOthersFollow(own, network.bus);
    const running = yield* gateway.open(network);
    announce(network, { flags, folder, config, url: running.url });
    yield* Deferred.succeed(usable, undefined);
    const end = yield* Effect.promise(() => Promise.race([asked, network.broken]));
    if (end === "asked") say("stopping: what runs is given back, what is accepted is kept");
    return end;
  });
}

interface Waits {
  readonly onDelivery: (seen: Seen) => void;
  readonly usable: Effect.Effect<void>;
}

function whole({ flags, folder, config, say }: UpOverNats, parts: WholeParts, waits: Waits) {
  const { give, priority } = flags;
  const revived = { ...parts, revive: revivedOf(flags.revive) };
  return openWhole({ folder, config, parts: revived, give, priority, say, ...waits });
}
