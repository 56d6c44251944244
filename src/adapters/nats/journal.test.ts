/** A journal whose server contradicts itself: told from one that has another owner. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { describe, expect, it } from "vitest";
import type { FencingToken } from "../../live/leases.ts";
import { CORE } from "../../live/shard.ts";
import { NatsJournals } from "./journal.ts";
import type { Link } from "./link.ts";
import { Names } from "./names.ts";

/** A server whose stream ends at these places, one after the other, and takes no append. */
function refusing(...ends: ReadonlyArray<number>): Link {
  const left = [...ends];
  const info = async () => ({
    state: { messages: 0, last_seq: left.length > 1 ? left.shift() : left[0] },
  });
  const conflict = new JetStreamApiError({
    code: 400,
    err_code: 10_071,
    description: "wrong last sequence: 9",
  });
  const link = {
    manager: { streams: { info, getMessage: async () => null } },
    client: { publish: () => Promise.reject(conflict) },
  };
  return link as unknown as Link;
}

const opened = (link: Link) =>
  new NatsJournals(link, { names: new Names(), patienceMs: 0 }).open(CORE, 1 as FencingToken);

describe("Journal over NATS: a server that lost records", () => {
  it("refuses an append where nobody has written: its store is damaged", async () => {
    await expect(opened(refusing(7))).rejects.toMatchObject({
      reason: "corrupt",
      message: "the server has lost records of core: its store is damaged; put back a copy of it",
    });
  });

  it("refuses an append where another owner has written: that one has it", async () => {
    await expect(opened(refusing(7, 7, 8))).rejects.toMatchObject({
      reason: "fenced",
      message: "core has another owner by now",
    });
  });
});
