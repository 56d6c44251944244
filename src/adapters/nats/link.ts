/** A connection and the JetStream it reaches: the account's own, or the hub's from the field. */
import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";

export interface Link {
  readonly nc: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** What the interface's subjects begin with. */
  readonly apiPrefix: string;
}

/** Of one question: a server that is killed answers none, and whoever asks tries again. */
const TIMEOUT_MS = 2_500;

export const OWN_JETSTREAM = "$JS.API";

export async function linkOf(nc: NatsConnection, apiPrefix = OWN_JETSTREAM): Promise<Link> {
  const prefix = apiPrefix === OWN_JETSTREAM ? {} : { apiPrefix };
  const options = { ...prefix, timeout: TIMEOUT_MS };
  return {
    nc,
    apiPrefix,
    client: jetstream(nc, options),
    // whether JetStream is there was asked when the connection was made
    manager: await jetstreamManager(nc, { ...options, checkAPI: false }),
  };
}
