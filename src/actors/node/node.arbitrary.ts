/** Deliveries that reach every branch of a node, forged and outdated ones among them. */
import fc from "fast-check";
import { type Address, address, portAddress } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import type { NodeMessage } from "./messages.ts";
import type { NodeInput } from "./state.ts";

const edges = [address("edge", "a"), address("edge", "b")];

export const nodeInput: fc.Arbitrary<NodeInput> = fc.record({
  owner: fc.constant(address("contributor", "c1")),
  edges: fc.constantFrom(edges, edges.slice(0, 1)),
  slots: fc.integer({ min: 1, max: 2 }),
  slotMflops: fc.constant(1_000),
  probation: fc.boolean(),
  starts: fc.boolean(),
  network: fc.constantFrom("", "10.0.0"),
});

interface Letter {
  readonly from: Address;
  readonly message: Message;
}
const letter = (from: fc.Arbitrary<Address>, message: fc.Arbitrary<NodeMessage>) =>
  fc.record({ from, message });
const type = <const T extends string>(name: T) => fc.constant(name);

const host = fc.constant(portAddress("host"));
const owner = fc.constant(address("contributor", "c1"));
const self = fc.constant(address("node", "n1"));
const edge = fc.oneof(
  { weight: 9, arbitrary: fc.constant(edges[0] as Address) },
  { weight: 1, arbitrary: fc.constant(edges[1] as Address) },
);
const attempt = fc.constantFrom("j.0.0", "j.0.1", "j.1.0");
const size = fc.nat({ max: 9 });

const started = letter(host, fc.record({ type: type("HostStarted") }));
const told = letter(
  host,
  fc.record({
    type: fc.constantFrom("HostStopping", "OwnerBusy", "OwnerIdle"),
  }),
);
const pong = fc
  .record({ rounds: fc.integer({ min: 1, max: 3 }), index: fc.nat({ max: 1 }) })
  .map(({ rounds, index }): Letter => {
    const probe = rounds * edges.length + index;
    return { from: edges[index] as Address, message: { type: "Pong", probe } as Message };
  });
const soloPong = letter(edge, fc.record({ type: type("Pong"), probe: fc.nat({ max: 3 }) }));
const other = fc.constant(address("node", "n2"));
const ping = letter(
  fc.oneof(edge, other),
  fc.record({ type: type("Ping"), probe: fc.nat({ max: 9 }) }),
);
const measure = letter(edge, fc.record({ type: type("Measure"), node: other }));
/** The one probe that a node can be asked for: entropy is 8 to 11 in a tenth of the deliveries. */
const errandPong = letter(other, fc.record({ type: type("Pong"), probe: fc.constant(2) }));
const welcome = letter(edge, fc.record({ type: type("Welcome") }));
const assign = letter(
  edge,
  fc.record({
    type: type("Assign"),
    attempt,
    task: fc.constant("j.0"),
    job: fc.constant(address("job", "j")),
    mflop: size,
    inputBytes: size,
    outputBytes: size,
    content: fc.constant("j.0"),
    memoryMib: size,
    token: size,
    leaseUs: fc.constant(60_000_000),
  }),
);
const revoke = letter(
  edge,
  fc.record({
    type: type("Revoke"),
    attempt,
    reason: fc.constantFrom("expired", "cancelled", "unknown"),
  }),
);
const reveal = letter(
  fc.constantFrom(address("job", "j"), address("job", "j"), address("job", "other")),
  fc.record({ type: type("Reveal"), attempt }),
);
const standing = letter(
  owner,
  fc.record({
    type: type("OwnerStanding"),
    probation: fc.boolean(),
    drain: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  }),
);
const leaseEnded = letter(self, fc.record({ type: type("LeaseEnded"), attempt }));
/** Few, so that outcomes find the runs that they speak of. */
const takenUs = fc.constantFrom(1, 2);
const key = fc
  .record({ abort: fc.boolean(), attempt, takenUs, restarts: fc.nat({ max: 2 }) })
  .map((call) => `${call.abort ? "abort/" : ""}${call.attempt}/${call.takenUs}/${call.restarts}`);
const outcome = letter(
  fc.constant(portAddress("runner")),
  fc.record({
    type: type("PortOutcome"),
    port: fc.constant("runner" as const),
    key,
    outcome: fc.oneof(
      fc.record({
        ok: fc.constant(true as const),
        value: fc.record({
          digest: fc.constantFrom("", "d1"),
          doneMflop: size,
          payload: fc.constantFrom("", "p1"),
          fetchUs: size,
        }),
      }),
      fc.record({
        ok: fc.constant(false as const),
        reason: fc.constantFrom("aborted", "killed", "deadline"),
        retryable: fc.boolean(),
      }),
    ),
  }),
);
const term = letter(
  self,
  fc.record({
    type: fc.constantFrom(
      "xstate.after.probeTerm.node.joining.probing",
      "xstate.after.joinTerm.node.joining.registering",
    ),
  }) as never,
);

/** One delivery; a history is an array of them. */
export const nodeDelivery: fc.Arbitrary<Delivery> = fc
  .record({
    letter: fc.oneof(
      { weight: 3, arbitrary: started },
      { weight: 4, arbitrary: told },
      { weight: 3, arbitrary: pong },
      { weight: 2, arbitrary: soloPong },
      { weight: 1, arbitrary: ping },
      { weight: 2, arbitrary: measure },
      { weight: 2, arbitrary: errandPong },
      { weight: 5, arbitrary: welcome },
      { weight: 12, arbitrary: assign },
      { weight: 2, arbitrary: revoke },
      { weight: 2, arbitrary: reveal },
      { weight: 4, arbitrary: standing },
      { weight: 2, arbitrary: leaseEnded },
      { weight: 8, arbitrary: outcome },
      { weight: 1, arbitrary: term },
    ),
    atUs: fc.oneof(takenUs, fc.nat()).map(micros),
    entropy: fc
      .oneof({ weight: 9, arbitrary: fc.nat({ max: 0xffffffff }) }, fc.constant(9))
      .map((word) => word as Seed),
  })
  .map(({ letter: { from, message }, atUs, entropy }) => {
    const id = `${from}#1` as MessageId;
    return { type: message.type, id, atUs, entropy, from, message };
  });
