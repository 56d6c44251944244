/** A connection and the JetStream that it reaches: the account's own, or the hub's from the field. */
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

export const OWN_JETSTREAM = "$JS.API";

export async function linkOf(nc: NatsConnection, apiPrefix = OWN_JETSTREAM): Promise<Link> {
  const options = apiPrefix === OWN_JETSTREAM ? {} : { apiPrefix };
  return {
    nc,
    apiPrefix,
    client: jetstream(nc, options),
    // whether JetStream is there was asked when the connection was made
    manager: await jetstreamManager(nc, { ...options, checkAPI: false }),
  };
}
