import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { EpochConfirmed, EpochDisputed, ShowAccount } from "../ledger/messages.ts";
import { auditorDelivery, auditorInput } from "./auditor.arbitrary.ts";
import { makeAuditor } from "./auditor.ts";

const ledger = address("ledger", "main");
const totals = { minted: 9n, burned: 2n, balances: 4n, escrow: 3n, postings: 5 };

class Talk {
  private readonly auditor = makeAuditor();
  private step = this.auditor.init({ ledger, limits: tiny });

  tell(message: Message, from: Address = ledger): ReadonlyArray<unknown> {
    const id = `${from}#1` as MessageId;
    const rest = { id, atUs: micros(0), entropy: 0 as Seed, from, message };
    const delivery = { type: message.type, ...rest } as Delivery<never>;
    this.step = this.auditor.step(this.step.state, delivery);
    return this.step.commands.flatMap((one) => (one.command === "Send" ? [one.message] : []));
  }
  close(more: Record<string, unknown> = {}): ReadonlyArray<unknown> {
    const message = { type: "EpochClosed", epoch: 0, ...totals, accounts: ["contributor/a"] };
    return this.tell({ ...message, ...more });
  }
  show(account: string, closing: bigint): ReadonlyArray<unknown> {
    const line = { epoch: 0, account, opening: 5n, credits: 3n, debits: 2n, closing };
    return this.tell({ type: "AccountShown", ...line });
  }
  get context() {
    return this.step.state.context;
  }
  get at() {
    return this.step.state.at;
  }
  get handled() {
    return this.step.handled;
  }
}

describe("Auditor", () => {
  test("asks for each sampled account and confirms what adds up", () => {
    const talk = new Talk();
    const accounts = ["contributor/a", "contributor/b"];
    expect(talk.close({ accounts })).toEqual(
      accounts.map((account) => ({ type: "ShowAccount", epoch: 0, account })),
    );
    expect(talk.show("contributor/b", 6n)).toEqual([]);
    expect(talk.show("contributor/a", 6n)).toEqual([{ type: "EpochConfirmed", epoch: 0 }]);
    expect(talk.at).toBe("idle");
    expect(talk.context).toMatchObject({ confirmed: 1, disputed: 0 });
  });

  test("confirms an epoch without a sample by its totals alone", () => {
    expect(new Talk().close({ accounts: [] })).toEqual([{ type: "EpochConfirmed", epoch: 0 }]);
  });

  test("disputes a line that does not add up, with its numbers, after it has seen all", () => {
    const talk = new Talk();
    talk.close({ accounts: ["contributor/a", "contributor/b"] });
    expect(talk.show("contributor/a", 7n)).toEqual([]);
    const reason = "contributor/a: opening 5 + 3 - 2 is not closing 7";
    expect(talk.show("contributor/b", 6n)).toEqual([{ type: "EpochDisputed", epoch: 0, reason }]);
    expect(talk.context).toMatchObject({ confirmed: 0, disputed: 1, lastDispute: reason });
  });

  test("disputes totals that are one nano off", () => {
    const talk = new Talk();
    talk.close({ minted: 10n });
    const reason = "minted 10 - burned 2 is not balances 4 + escrow 3";
    expect(talk.show("contributor/a", 6n)).toEqual([{ type: "EpochDisputed", epoch: 0, reason }]);
  });

  test("disputes totals that shrank since the last epoch", () => {
    const talk = new Talk();
    talk.close({ accounts: [] });
    const smaller = { epoch: 1, minted: 8n, burned: 1n, accounts: [] };
    expect(talk.close(smaller)).toEqual([
      expect.objectContaining({ type: "EpochDisputed", epoch: 1 }),
    ]);
  });

  test("disputes what is not shown in time", () => {
    const talk = new Talk();
    talk.close();
    const late = { type: "xstate.after.showTerm.auditor.auditing" };
    const reason = "contributor/a not shown in 10min";
    expect(talk.tell(late, address("auditor", "main"))).toEqual([
      { type: "EpochDisputed", epoch: 0, reason },
    ]);
    expect(talk.at).toBe("idle");
  });

  test("listens to its ledger only, and only to what it asked for", () => {
    const talk = new Talk();
    talk.tell(
      { type: "EpochClosed", epoch: 0, ...totals, accounts: [] } as Message,
      address("contributor", "a"),
    );
    expect([talk.handled, talk.at]).toEqual([false, "idle"]);
    talk.close();
    talk.show("contributor/b", 6n);
    expect([talk.handled, talk.at]).toEqual([false, "auditing"]);
  });

  test("any history: goes on from its JSON, and sends what schemas say", () => {
    const auditor = makeAuditor();
    const encode = Schema.encodeSync(auditor.State);
    const decode = Schema.decodeSync(auditor.State);
    const answers = Schema.Union(EpochConfirmed, EpochDisputed, ShowAccount);
    const isWellFormed = Schema.is(answers, { onExcessProperty: "error" });
    const history = fc.array(auditorDelivery, { maxLength: 40, size: "max" });
    const property = fc.property(history, (deliveries) => {
      let { state } = auditor.init(auditorInput);
      for (const delivery of deliveries) {
        const restored = decode(JSON.parse(JSON.stringify(encode(state))));
        const step = auditor.step(restored, delivery as Delivery<never>);
        expect(step).toEqual(auditor.step(state, delivery as Delivery<never>));
        for (const command of step.commands) {
          if (command.command === "Send") expect(isWellFormed(command.message)).toBe(true);
        }
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
