import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { DAY, HOUR, MINUTE, micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { EmissionParams, emission } from "../../policies/rewards/emission.ts";
import { makeLedger } from "./ledger.ts";
import { withTreasurer } from "./on-chain.ts";
import { withRewards } from "./rewards-epoch.ts";

const alice = address("contributor", "alice");
const commons = address("contributor", "commons");
const auditor = address("auditor", "main");
const treasurer = address("treasurer", "t0");
const job = (n: number) => address("job", `j${n}`);
const vcu = 1_000_000_000n;
/** A day on which chains exist: at time 0 nothing was ever seen. */
const START = 1_000 * DAY;
const rewards = { policy: emission, params: Schema.decodeSync(EmissionParams)({}) };

/** A ledger with a treasurer beside its twin without. */
class Talk {
  private readonly chained;
  private readonly plain = withRewards(makeLedger(), rewards);
  private step;
  private twin;
  private count = 0;
  atUs = START;

  constructor(isRequired = true) {
    const rule = {
      treasurer,
      isRequired,
      posted: (state: ReturnType<typeof this.plain.init>["state"]) =>
        state.rewards?.issue.posted ?? null,
    };
    this.chained = withTreasurer(this.plain, rule);
    const input = { auditor, limits: tiny, commons, verifier: null, gate: "credit" } as const;
    this.step = this.chained.init(input);
    this.twin = this.plain.init(input);
  }
  tell(from: Address, message: Message): ReadonlyArray<Message> {
    const id = `${from}#${++this.count}` as MessageId;
    const rest = { id, atUs: micros(this.atUs), entropy: 0 as Seed, from, message };
    const delivery = { type: message.type, ...rest } as Delivery<never>;
    this.step = this.chained.step(this.step.state, delivery);
    if (message.type !== "CredentialOnChain")
      this.twin = this.plain.step(this.twin.state, delivery);
    return this.step.commands.flatMap((one) =>
      one.command === "Send" || one.command === "Reply" ? [one.message] : [],
    );
  }
  /** Three verified tasks of the commons: alice's probation is over. */
  prove(): void {
    // work takes time: what is earned at one instant is more than may be banked
    this.atUs = START - 12 * MINUTE;
    this.tell(alice, { type: "OpenAccount" });
    const amount = nanoVcu(10n ** 6n * vcu);
    this.tell(job(0), { type: "Reserve", requester: commons, amount, commons: true } as Message);
    for (let n = 0; n < 12; n++) {
      this.atUs += MINUTE;
      const task = { task: `t${n}`, payees: [alice], each: nanoVcu(vcu), wrong: [] };
      this.tell(job(0), { type: "Settle", ...task });
    }
  }
  reserve(n: number): ReadonlyArray<Message> {
    const message = { type: "Reserve", requester: alice, amount: nanoVcu(1n), commons: false };
    return this.tell(job(n), message);
  }
  see(state: string, untilUs: number, from: Address = treasurer): ReadonlyArray<Message> {
    const message = { type: "CredentialOnChain", owner: alice, state, untilUs, seenUs: this.atUs };
    return this.tell(from, message);
  }
  get states() {
    const { onChain: _, ...rest } = this.step.state;
    return [rest, this.twin.state] as const;
  }
  get handled() {
    return this.step.handled;
  }
  /** Through the journal's form and back. */
  persist(): string {
    const { State } = this.chained;
    const text = JSON.stringify(Schema.encodeSync(State)(this.step.state));
    const state = Schema.decodeUnknownSync(State)(JSON.parse(text));
    this.step = { ...this.step, state };
    return text;
  }
}

const refused = { type: "ReserveRefused", reason: "no-credential" };
const wanted = { type: "CredentialWanted", owner: alice };

describe("Ledger with a treasurer", () => {
  test("tells of every change of standing, and is in all else the ledger that it was", () => {
    const talk = new Talk(false);
    talk.prove();
    expect(talk.reserve(1)).toMatchObject([{ type: "Reserved" }]);
    expect(talk.states[0]).toEqual(talk.states[1]);
  });

  test("a state that was kept before there were rewards and a chain is taken over", () => {
    const before = makeLedger();
    const input = { auditor, limits: tiny, commons, verifier: null, gate: "credit" } as const;
    const kept = Schema.encodeUnknownSync(before.State as Schema.Schema<unknown>)(
      before.init(input).state,
    );
    const issuing = withRewards(makeLedger(), rewards);
    const chained = withTreasurer(issuing, { treasurer, isRequired: true, posted: () => null });
    const state = Schema.decodeUnknownSync(chained.State)(kept);
    expect(state).toEqual(chained.init(input).state);
  });

  test("an end of probation is told to the treasurer with its sequence", () => {
    const talk = new Talk();
    talk.tell(alice, { type: "OpenAccount" });
    const amount = nanoVcu(10n ** 6n * vcu);
    talk.tell(job(0), { type: "Reserve", requester: commons, amount, commons: true } as Message);
    const told: Message[] = [];
    for (let n = 0; n < 12; n++) {
      const task = { task: `t${n}`, payees: [alice], each: nanoVcu(vcu), wrong: [] };
      told.push(...talk.tell(job(0), { type: "Settle", ...task }));
    }
    const seen = told.filter(({ type }) => type === "StandingSeen");
    expect(seen.at(-1)).toMatchObject({ owner: alice, state: "active", credential: "valid" });
  });

  test("holds no price for who has no credential on chain, says why, and has it looked for", () => {
    const talk = new Talk();
    talk.prove();
    const [refusal, wish] = talk.reserve(1);
    expect(refusal).toMatchObject(refused);
    expect((refusal as unknown as { rule: string }).rule).toContain("link a wallet");
    expect(wish).toEqual(wanted);
    talk.see("none", 0);
    expect(talk.reserve(1)[0]).toMatchObject(refused);
    talk.see("valid", START + 10 * DAY);
    expect(talk.reserve(1)).toMatchObject([{ type: "Reserved" }]);
  });

  test("who would be refused anyway hears the ledger's own reason", () => {
    const talk = new Talk();
    talk.tell(alice, { type: "OpenAccount" });
    expect(talk.reserve(1)).toMatchObject([{ reason: "no-verified-work" }]);
  });

  test("a credential lapses at its hour without a word from anybody", () => {
    const talk = new Talk();
    talk.prove();
    talk.see("valid", START + 2 * HOUR);
    talk.atUs = START + 2 * HOUR - 1;
    expect(talk.reserve(1)[0]).toMatchObject({ type: "Reserved" });
    talk.atUs = START + 2 * HOUR;
    expect(talk.reserve(2)[0]).toMatchObject(refused);
  });

  test("the chain is away: what was seen is believed for a day, and not longer", () => {
    const talk = new Talk();
    talk.prove();
    talk.see("valid", START + 9 * DAY);
    talk.atUs = START + DAY;
    expect(talk.reserve(1)).toMatchObject([{ type: "Reserved" }, wanted]);
    talk.atUs = START + DAY + 1;
    expect(talk.reserve(2)).toMatchObject([refused, wanted]);
  });

  test("ended for good is refused, and a job that is held already is not asked again", () => {
    const talk = new Talk();
    talk.prove();
    talk.see("valid", START + 9 * DAY);
    talk.reserve(1);
    talk.see("revoked", 0);
    expect(talk.reserve(1)).toMatchObject([{ type: "Reserved" }]);
    expect(talk.reserve(2)[0]).toMatchObject(refused);
  });

  test("nobody but the treasurer says how credentials stand", () => {
    const talk = new Talk();
    talk.prove();
    talk.see("valid", START + 9 * DAY, alice);
    expect(talk.handled).toBe(false);
    expect(talk.reserve(1)[0]).toMatchObject(refused);
  });

  test("a posted epoch goes to the treasurer once, with its claims", () => {
    const talk = new Talk();
    talk.prove();
    const told: Message[] = [];
    for (let hour = 1; hour <= 30; hour++) {
      talk.atUs = START + hour * HOUR;
      const settle = { task: `h${hour}`, payees: [alice], each: nanoVcu(vcu), wrong: [] };
      told.push(...talk.tell(job(0), { type: "Settle", ...settle }));
      const end = { type: "xstate.after.epochTerm.ledger.open" };
      told.push(...talk.tell(address("ledger", "l0"), end));
      const epoch = hour - 1;
      told.push(...talk.tell(auditor, { type: "EpochConfirmed", epoch } as Message));
    }
    const posted = told.filter(({ type }) => type === "ClaimsPosted");
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatchObject({ epoch: 0, claims: [{ owner: alice }] });
  });

  test("what was seen survives the journal", () => {
    const talk = new Talk();
    talk.prove();
    talk.see("valid", START + 9 * DAY);
    const text = talk.persist();
    expect(talk.persist()).toBe(text);
    expect(talk.reserve(1)[0]).toMatchObject({ type: "Reserved" });
  });
});
