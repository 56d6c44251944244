/** `pingo up --nats`: the same network, with its shards' journals and messages on a nats-server. */
import { Deferred, Effect } from "effect";
import { gatewayBeside } from "../gateway/beside-network.ts";
import { liveBehaviours } from "../live/behaviours.ts";
import { wholePlan } from "../live/plan.ts";
import { revivedOf } from "../live/revived.ts";
import { defaultFolder, openStateFolder } from "../live/state-folder.ts";
import { announce, openWhole, type UpFlags } from "../live/up.ts";
import type { Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note } from "../terminal/print.ts";
import { planner } from "../work/plan.ts";
import { inWords, keepGoing } from "./keep-going.ts";
import { admitShards, knownTrust } from "./operator-keys.ts";
import { KeptConnections, natsParts } from "./over-nats.ts";
import { startOwnServer, stopOwnServer } from "./own-server.ts";

/** With a server of its own it makes keys and trusts only them, as a network of many would. */
export async function upOverNats(flags: UpFlags): Promise<Exit> {
  const folder = flags.dir ?? defaultFolder();
  const { config } = openStateFolder(folder, flags.nodes, flags.chain);
  const interrupt = new Interrupt();
  const asked = new Promise<"asked">((resolve) => interrupt.onAsk(() => resolve("asked")));
  const say = flags.json === true ? () => {} : note;
  say(`starting ${config.machines.length} nodes over NATS, state in ${folder}`);
  const shards = wholePlan(config, liveBehaviours(config)).map(({ shard }) => shard);
  const kept = new KeptConnections();
  const going = (url: string) =>
    keepGoing({
      isAsked: () => interrupt.asked,
      say,
      live: () =>
        Effect.gen(function* () {
          const trust = knownTrust(folder);
          const credentials = yield* Effect.tryPromise({
            try: async () =>
              trust === undefined ? undefined : await admitShards({ folder, url }, trust, shards),
            catch: (error) => error,
          });
          const parts = yield* natsParts({
            folder,
            url,
            shards,
            credentials,
            troubled: say,
            isAsked: () => interrupt.asked,
            kept,
          });
          const gateway = gatewayBeside({
            folder,
            host: flags.host,
            port: flags.port,
            tls: { certFile: flags.tlsCert, keyFile: flags.tlsKey },
            contributor: config.requester,
            planner,
          });
          const { give, priority } = flags;
          const onDelivery = gateway.seen;
          const own = { ...parts, revive: revivedOf(flags.revive) };
          const usable = yield* Deferred.make<void>();
          const waits = { onDelivery, usable: Deferred.await(usable) };
          const whole = { folder, config, parts: own, give, priority, say, ...waits };
          const network = yield* openWhole(whole);
          const running = yield* gateway.open(network);
          announce(network, { flags, folder, config, url: running.url });
          yield* Deferred.succeed(usable, undefined);
          const end = yield* Effect.promise(() => Promise.race([asked, network.broken]));
          if (end === "asked") say("stopping: what runs is given back, what is accepted is kept");
          return end;
        }),
    });
  const closed = async (url: string) => {
    try {
      return await going(url);
    } finally {
      await kept.close();
    }
  };
  if (typeof flags.nats === "string") return await closed(flags.nats);
  const server = await startOwnServer(folder).catch((error: unknown) => {
    throw inWords(error);
  });
  try {
    return await closed(server.url);
  } finally {
    await stopOwnServer(folder, server);
  }
}
