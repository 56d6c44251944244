import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import type { Step } from "../../kernel/behaviour.ts";
import type { ChartState } from "../../kernel/chart.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import type { Message } from "../../kernel/message.ts";
import { AuditorMessage } from "../auditor/messages.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { JobMessage } from "../job/messages.ts";
import { VerifierMessage } from "../verifier/messages.ts";
import { type Account, debtLimit } from "./account.ts";
import { recount } from "./books.ts";
import { ledgerDelivery, ledgerInput } from "./ledger.arbitrary.ts";
import { makeLedger } from "./ledger.ts";
import type { Reexamined, Reserve, Settle } from "./messages.ts";
import type { LedgerContext } from "./state.ts";

type State = ChartState<LedgerContext>;

const ledger = makeLedger();
const encode = Schema.encodeSync(ledger.State);
const decode = Schema.decodeSync(ledger.State);
const history = fc.array(ledgerDelivery, { maxLength: 80, size: "max" });
const first = (): State => ledger.init(ledgerInput).state;
const receivers = Schema.Union(AuditorMessage, ContributorMessage, JobMessage, VerifierMessage);
const isWellFormed = Schema.is(receivers, { onExcessProperty: "error" });
const take = (state: State, delivery: Delivery): Step<State> =>
  ledger.step(state, delivery as Delivery<never>);

describe("Ledger: any history", () => {
  test("I1: conserves credit to the nano at every step: minted - burned is what is held", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        state = take(state, delivery).state;
        expect(recount(state.context.books).sound).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("lends nobody more than its rule says, at every grant", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        const step = take(state, delivery);
        if (isGrant(step) && !state.context.books.escrows.has(delivery.from)) {
          const { requester, commons } = delivery.message as Reserve;
          const account = step.state.context.books.accounts.get(requester);
          if (commons && requester === ledgerInput.commons) continue;
          expect(account?.state).toBe("active");
          expect(account?.earned).toBeGreaterThan(0n);
          expect(0n - (account?.balance ?? 0n)).toBeLessThanOrEqual(
            debtLimit(account as Account, ledgerInput.limits),
          );
        }
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("keeps no more uncleared rewards and evidence than its bounds", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        state = take(state, delivery).state;
        for (const [, { unvested, evidence }] of state.context.books.accounts.entries()) {
          expect(unvested.length).toBeLessThanOrEqual(ledgerInput.limits.escrowTasks);
          expect(evidence.length).toBeLessThanOrEqual(16);
        }
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("keeps the previous state as it was", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        const before = JSON.stringify(encode(state));
        const next = take(state, delivery).state;
        JSON.stringify(encode(next));
        expect(JSON.stringify(encode(state))).toBe(before);
        state = next;
      }
    });
    fc.assert(property, { numRuns: 30 });
  });

  test("pays no task twice", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      const settled = new Set<string>();
      for (const delivery of deliveries) {
        const { state: next, handled } = take(state, delivery);
        if (delivery.type === "Settle" && handled) {
          const name = `${delivery.from} ${(delivery.message as Settle).task}`;
          if (settled.has(name)) expect(next.context).toBe(state.context);
          settled.add(name);
        }
        state = next;
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("credits nobody but payees, refunded requesters and whose penalty did not hold", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        const before = balancesOf(state);
        const requester = state.context.books.escrows.get(delivery.from)?.requester;
        state = take(state, delivery).state;
        for (const [owner, balance] of balancesOf(state)) {
          if (balance <= (before.get(owner) ?? 0n)) continue;
          const mayGain =
            delivery.type === "Settle"
              ? (delivery.message as Settle).payees.includes(owner)
              : delivery.type === "Reexamined"
                ? (delivery.message as Reexamined).owner === owner
                : delivery.type === "CloseJob" && owner === requester;
          expect(mayGain).toBe(true);
        }
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("refuses whoever has no verified work, for ever", () => {
    const idler = address("contributor", "idler");
    const opens = deliveryFrom(idler, { type: "OpenAccount" });
    const asks = { type: "Reserve", requester: idler, amount: nanoVcu(0n), commons: false };
    const property = fc.property(history, fc.boolean(), (deliveries, applies) => {
      let state = first();
      if (applies) state = take(state, opens).state;
      for (const delivery of deliveries) {
        state = take(state, delivery).state;
        const asked = take(state, deliveryFrom(address("job", "of-idler"), asks));
        const reason = applies ? "no-verified-work" : "not-a-contributor";
        expect(asked.commands[0]).toMatchObject({ message: { type: "ReserveRefused", reason } });
        expect(asked.state.context).toBe(state.context);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test("is not changed by a second copy of any message", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        state = take(state, delivery).state;
        // the mailbox drops late firings of timers by their epoch
        if (delivery.type.startsWith("xstate.after.")) continue;
        const again = take(state, delivery);
        expect(again.state.context).toBe(state.context);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("goes on from its JSON as if nothing had happened", () => {
    const property = fc.property(history, fc.nat({ max: 80 }), (deliveries, cut) => {
      let live = first();
      let restored = first();
      deliveries.forEach((delivery, index) => {
        if (index === cut) restored = decode(JSON.parse(JSON.stringify(encode(restored))));
        const a = take(live, delivery);
        const b = take(restored, delivery);
        expect(b.commands).toEqual(a.commands);
        live = a.state;
        restored = b.state;
      });
      expect(JSON.stringify(encode(restored))).toBe(JSON.stringify(encode(live)));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("sends only what its receivers' schemas say", () => {
    const property = fc.property(history, (deliveries) => {
      let state = first();
      for (const delivery of deliveries) {
        const step = take(state, delivery);
        state = step.state;
        for (const command of step.commands) {
          if (command.command === "Send" || command.command === "Reply") {
            expect(isWellFormed(command.message)).toBe(true);
          }
        }
      }
    });
    fc.assert(property, { numRuns: 20 });
  });
});

const isGrant = ({ commands }: Step<State>): boolean =>
  commands.some((one) => one.command === "Reply" && one.message.type === "Reserved");

function balancesOf(state: State): ReadonlyMap<Address, bigint> {
  const entries = state.context.books.accounts.entries();
  return new Map(entries.map(([name, { balance }]) => [name, balance]));
}

function deliveryFrom(from: Address, message: Message): Delivery {
  const rest = { id: `${from}#1`, atUs: 0, entropy: 0 } as never as Delivery;
  return { ...rest, type: message.type, from, message };
}
