/** Deliberate bugs of actors, planted from outside: what a step gives back is bent on the way. */
import type { LedgerInput } from "../../actors/ledger/state.ts";
import type { AnyBehaviour, Step } from "../../kernel/behaviour.ts";
import type { Command } from "../../kernel/command.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Message } from "../../kernel/message.ts";

type AnyDelivery = Delivery;
type Bend = (step: Step<unknown>, delivery: AnyDelivery, again: AgainStep) => Step<unknown>;
/** Steps the honest behaviour once more, from the state that its first step gave. */
type AgainStep = (message: Message) => Step<unknown>;

function bent(kind: string, bend: Bend): (honest: AnyBehaviour) => AnyBehaviour {
  return (honest) =>
    honest.kind !== kind
      ? honest
      : {
          ...honest,
          step: (state: unknown, delivery: AnyDelivery) => {
            const step = honest.step(state, delivery as never) as Step<unknown>;
            const again: AgainStep = (message) =>
              honest.step(step.state, {
                ...delivery,
                id: delivery.id,
                type: message.type,
                message,
              } as never) as Step<unknown>;
            return bend(step, delivery, again);
          },
        };
}

const without = (step: Step<unknown>, drop: (command: Command) => boolean): Step<unknown> => ({
  ...step,
  commands: step.commands.filter((command) => !drop(command)),
});

const sends = (command: Command, type: string): boolean =>
  (command.command === "Send" || command.command === "Reply") && command.message.type === type;

/** Every tenth settlement is booked twice, under another name. */
export const paysTwice = bent("ledger", (step, delivery, again) => {
  const { message } = delivery;
  if (message.type !== "Settle" || delivery.entropy % 10 !== 0) return step;
  const settle = message as Message & { readonly task: string };
  const twice = { ...settle, task: `${settle.task}-again` };
  return { ...step, state: again(twice).state };
});

/** Whoever is refused credit gets it on paper. */
export const servesForFree = bent("ledger", (step, delivery) => {
  if (delivery.message.type !== "Reserve") return step;
  const commands = step.commands.map(
    (command): Command =>
      sends(command, "ReserveRefused")
        ? {
            command: "Reply",
            message: {
              type: "Reserved",
              standing: { balance: 0n, earned: 0n, spent: 0n, rate: 0n },
              onDebt: false,
            } as Message,
          }
        : command,
  );
  return { ...step, commands };
});

/** A nano-VCU falls under the table at each closing. */
export const leaksCredit = bent("ledger", (step, delivery) => {
  if (delivery.message.type !== "CloseJob") return step;
  const state = step.state as {
    readonly at: string;
    readonly context: { readonly books: { readonly totals: { readonly burned: bigint } } };
  };
  const { books } = state.context;
  const totals = { ...books.totals, burned: books.totals.burned + 1n };
  return {
    ...step,
    state: { ...state, context: { ...state.context, books: { ...books, totals } } },
  };
});

/** A ledger that was given other limits than the network agreed on. */
function ledgerWith(limits: Readonly<Record<string, number>>) {
  return (honest: AnyBehaviour): AnyBehaviour =>
    honest.kind !== "ledger"
      ? honest
      : {
          ...honest,
          init: (input: LedgerInput) =>
            honest.init({ ...input, limits: { ...input.limits, ...limits } }) as Step<unknown>,
        };
}

/** As much again as was earned may be owed. */
export const lendsFreely = ledgerWith({ debtPercent: 100, debtHours: 100_000 });

/** Rewards are cleared at once but for the newest. */
export const clearsEarly = ledgerWith({ escrowTasks: 1 });

/** Offers go to two nodes at once: the second is the one asked before. */
export function leasesTwice(): (honest: AnyBehaviour) => AnyBehaviour {
  let before: Command | undefined;
  return bent("edge", (step) => {
    const commands = step.commands.flatMap((command): Command[] => {
      if (command.command !== "Send" || command.message.type !== "Assign") return [command];
      const other = before;
      before = command;
      if (other?.command !== "Send" || other.to === command.to) return [command];
      return [command, { ...command, to: other.to }];
    });
    return { ...step, commands };
  });
}

/** Nobody watches leases. */
export const neverExpires = bent("edge", (step) =>
  without(step, (command) => command.command === "StartTimer" && command.key.startsWith("lease/")),
);

/** The end of its lease does not end a run. */
export const outlivesLease = bent("node", (step) =>
  without(step, (command) => command.command === "StartTimer" && command.key.startsWith("lease/")),
);

/** A lost attempt is not placed again. */
export const givesUpSilently = bent("job", (step, delivery) =>
  delivery.message.type === "AttemptLost"
    ? without(step, (command) => sends(command, "PlaceTask"))
    : step,
);

/** The requester never learns that its job is settled. */
export const keepsQuiet = bent("contributor", (step, delivery) =>
  delivery.message.type === "JobSettled" && delivery.entropy % 4 === 0
    ? without(step, (command) => sends(command, "DemandAnswered"))
    : step,
);

/** The first result is believed, whatever the others say. */
export const believesFirst = bent("verifier", (step, delivery) => {
  const { message } = delivery;
  if (message.type !== "Judge") return step;
  const judge = message as Message & {
    results: ReadonlyArray<{ digest: string; attempt: string }>;
    task: string;
  };
  const digest = judge.results[0]?.digest ?? "";
  const agreed = judge.results.slice(0, 1).map(({ attempt }) => attempt);
  const rest = { digest, executions: 0, agreed, wrong: [] };
  const verdict = { type: "Verdict", task: judge.task, verdict: "accepted", ...rest };
  return { ...step, commands: [{ command: "Reply", message: verdict }] };
});

/** Says something that nobody understands. */
export const speaksInTongues = bent("node", (step, delivery) =>
  delivery.message.type === "Assign" && delivery.entropy % 8 === 0
    ? { ...step, commands: [...step.commands, { command: "Reply", message: { type: "Ahem" } }] }
    : step,
);

/** Every run is started a second time, under another key. */
export const runsTwice = bent("node", (step) => ({
  ...step,
  commands: step.commands.flatMap((command): Command[] =>
    command.command === "PortCall" && command.request.type === "RunModel"
      ? [command, { ...command, key: `${command.key}-again` }]
      : [command],
  ),
}));
