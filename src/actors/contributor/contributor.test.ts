import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address, portAddress } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import type { Seed } from "../../kernel/entropy.ts";
import { tiny } from "../../kernel/limits.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { EdgeMessage } from "../edge/messages.ts";
import { JobMessage } from "../job/messages.ts";
import { Appeal, OpenAccount } from "../ledger/messages.ts";
import { OwnerStanding } from "../node/messages.ts";
import { TrainingMessage } from "../training/messages.ts";
import { contributorDelivery, contributorInput } from "./contributor.arbitrary.ts";
import { makeContributor } from "./contributor.ts";
import { DemandAnswered, type StandingState } from "./messages.ts";
import type { ContributorInput } from "./state.ts";

const near = address("edge", "near");
const far = address("edge", "far");
const ledger = address("ledger", "main");
const nodes = [address("node", "n1"), address("node", "n2")];
const requester = portAddress("requester");
const demand = {
  type: "DemandArrived",
  demand: 7,
  tasks: [5, 6],
  inputBytes: 1,
  outputBytes: 2,
  memoryMib: 3,
  contents: null,
};
const pong = { type: "Pong", probe: 1 };
const probeTerm = { type: "xstate.after.probeTerm.contributor.applicant.probing" };

class Talk {
  private readonly contributor = makeContributor();
  private step;

  constructor(input: Partial<ContributorInput> = {}) {
    const usual = { edges: [far, near], ledger, nodes, limits: tiny, gate: "credit" } as const;
    this.step = this.contributor.init({ ...usual, ...input });
  }
  tell(from: Address, message: Message): ReadonlyArray<unknown> {
    const id = `${from}#1` as MessageId;
    const rest = { id, atUs: micros(0), entropy: 0 as Seed, from, message };
    this.step = this.contributor.step(this.step.state, {
      type: message.type,
      ...rest,
    } as Delivery<never>);
    return this.sent;
  }
  standing(sequence: number, state: StandingState): ReadonlyArray<unknown> {
    const credential = state === "active" ? "valid" : "none";
    const counts = {
      credential,
      balance: 5n,
      earned: 20_000_000n,
      validResults: 4,
      wrongResults: 3,
    };
    const message = { type: "StandingChanged", sequence, state, ...counts, evidence: ["t1", "t2"] };
    return this.tell(ledger, message);
  }
  join(): this {
    this.tell(near, pong);
    this.tell(ledger, { type: "AccountOpened", sequence: 1 } as Message);
    return this;
  }
  /** What the last step sent, as [receiver, message]. */
  get sent(): ReadonlyArray<unknown> {
    return this.step.commands.flatMap((one) =>
      one.command === "Send" ? [[one.to, one.message]] : [],
    );
  }
  get timers(): ReadonlyArray<string> {
    return this.step.commands.flatMap((one) => (one.command === "StartTimer" ? [one.key] : []));
  }
  get at() {
    return this.step.state.at;
  }
  get handled() {
    return this.step.handled;
  }
  get context() {
    return this.step.state.context;
  }
}

const told = (probation: boolean, drain: boolean) =>
  nodes.map((node) => [node, { type: "OwnerStanding", probation, drain }]);

const appeal = [ledger, { type: "Appeal" }];

describe("Contributor: joining", () => {
  test("asks all edges at once and keeps the one that answers first", () => {
    const talk = new Talk();
    expect(talk.sent).toEqual([far, near].map((edge) => [edge, { type: "Ping", probe: 1 }]));
    expect(talk.tell(near, pong)).toEqual([[ledger, { type: "OpenAccount" }]]);
    expect(talk.tell(far, pong)).toEqual([]);
    expect(talk.context.edge).toBe(near);
    expect(talk.at).toBe("applicant.applying");
  });

  test("asks again when no edge answers in time", () => {
    const talk = new Talk();
    const round = [far, near].map((edge) => [edge, { type: "Ping", probe: 2 }]);
    expect(talk.tell(address("contributor", "c1"), probeTerm)).toEqual(round);
  });

  test("takes a late answer: it comes from the only edge that answered", () => {
    const talk = new Talk();
    talk.tell(address("contributor", "c1"), probeTerm);
    talk.tell(far, pong);
    expect(talk.context.edge).toBe(far);
  });

  test("does not take an edge that it did not ask", () => {
    const talk = new Talk();
    talk.tell(address("edge", "stranger"), pong);
    expect(talk.handled).toBe(false);
  });

  test("is in probation once the ledger, and only the ledger, has opened its account", () => {
    const talk = new Talk();
    talk.tell(near, pong);
    const opened = { type: "AccountOpened", sequence: 1 };
    talk.tell(near, opened);
    expect([talk.handled, talk.at]).toEqual([false, "applicant.applying"]);
    expect(talk.tell(ledger, opened)).toEqual([]);
    expect(talk.at).toBe("probation");
  });

  test("with an open gate it is active as soon as it has an edge", () => {
    const talk = new Talk({ gate: "open" });
    expect(talk.tell(near, pong)).toEqual(told(false, false));
    expect(talk.at).toBe("active");
  });
});

describe("Contributor: machines that come and go", () => {
  const more = address("node", "n3");
  const changed = { type: "NodesChanged", nodes: [nodes[1], more, more] };

  test("in probation new machines need no word: they begin by believing it", () => {
    const talk = new Talk().join();
    expect(talk.tell(requester, changed)).toEqual([]);
    expect(talk.context.input.nodes).toEqual([nodes[1], more]);
    const word = { type: "OwnerStanding", probation: false, drain: false };
    expect(talk.standing(2, "active")).toEqual([nodes[1], more].map((node) => [node, word]));
  });

  test("a member's new machine is told at once, those that it had are not told again", () => {
    const talk = new Talk().join();
    talk.standing(2, "active");
    const word = { type: "OwnerStanding", probation: false, drain: false };
    expect(talk.tell(requester, changed)).toEqual([[more, word]]);
    talk.standing(3, "suspended");
    expect(talk.sent).toContainEqual([more, { ...word, drain: true }]);
    expect(talk.sent).not.toContainEqual([nodes[0], { ...word, drain: true }]);
  });

  test("only the person behind it says which machines are its own", () => {
    const talk = new Talk().join();
    talk.tell(near, changed);
    expect([talk.handled, talk.context.input.nodes]).toEqual([false, nodes]);
  });
});

describe("Contributor: withdrawing", () => {
  const job = address("job", "near.1");

  test("passes the wish on to the job, which knows whose it is", () => {
    const talk = new Talk().join();
    const withdrawn = { type: "DemandWithdrawn", job };
    expect(talk.tell(requester, withdrawn)).toEqual([[job, { type: "CancelJob" }]]);
    expect(Schema.is(JobMessage)({ type: "CancelJob" })).toBe(true);
    expect(talk.tell(near, withdrawn)).toEqual([]);
    expect(talk.handled).toBe(false);
  });
});

describe("Contributor: standing", () => {
  test.each([
    ["probation", []],
    ["active", told(false, false)],
    ["suspended", [...told(false, true), appeal]],
    ["revoked", told(false, true)],
  ] as const)("probation to %s tells the nodes what changed for them", (state, messages) => {
    const talk = new Talk().join();
    expect(talk.standing(2, state)).toEqual(messages);
    expect(talk.at).toBe(state);
    expect(talk.context.standing).toMatchObject({ validResults: 4, evidence: ["t1", "t2"] });
  });

  test("it appeals once per suspension, whatever else the ledger says meanwhile", () => {
    const talk = new Talk().join();
    expect(talk.standing(2, "suspended")).toContainEqual(appeal);
    expect(talk.standing(3, "suspended")).toEqual([]);
    expect(talk.standing(4, "probation")).toEqual(told(true, false));
    expect(talk.standing(5, "suspended")).toEqual([...told(false, true), appeal]);
  });

  test("its badge is a copy too: it shows what the ledger has decided", () => {
    const talk = new Talk().join();
    expect(talk.context.standing.credential).toBe("none");
    talk.standing(2, "active");
    expect(talk.context.standing.credential).toBe("valid");
    talk.standing(3, "suspended");
    expect(talk.context.standing.credential).toBe("none");
  });

  test("a warning changes the copy and tells no node", () => {
    const talk = new Talk().join();
    talk.standing(2, "active");
    expect(talk.standing(3, "active")).toEqual([]);
    expect(talk.context.sequence).toBe(3);
  });

  test("old news and forged news change nothing", () => {
    const talk = new Talk().join();
    talk.standing(3, "active");
    const before = talk.context;
    talk.standing(3, "suspended");
    expect([talk.at, talk.handled]).toEqual(["active", true]);
    talk.tell(near, { type: "StandingChanged", sequence: 9, state: "revoked" } as Message);
    expect([talk.at, talk.handled]).toEqual(["active", false]);
    expect(talk.context).toBe(before);
  });

  test("the ledger may lift a suspension but nothing follows a revocation", () => {
    const talk = new Talk().join();
    talk.standing(2, "suspended");
    expect(talk.standing(3, "active")).toEqual(told(false, false));
    talk.standing(4, "revoked");
    expect(talk.standing(5, "active")).toEqual([]);
    expect(talk.at).toBe("revoked");
  });
});

describe("Contributor: demand", () => {
  const refusal = (talk: Talk): string => {
    const [line] = talk.tell(requester, demand) as [[Address, DemandAnswered]];
    expect(line[0]).toBe(requester);
    expect(line[1]).toMatchObject({ type: "DemandAnswered", demand: 7, answer: "refused" });
    expect(line[1].spent).toBe(0n);
    return line[1].reason;
  };

  test("who is active hands it to its edge", () => {
    const talk = new Talk().join();
    talk.standing(2, "active");
    expect(talk.tell(requester, demand)).toEqual([[near, { ...demand, type: "SubmitJob" }]]);
  });

  test("only its own person may ask", () => {
    const talk = new Talk({ gate: "open" });
    talk.tell(near, pong);
    expect(talk.tell(near, demand)).toEqual([]);
    expect(talk.handled).toBe(false);
  });

  test("refusals say the rule and the numbers", () => {
    const talk = new Talk();
    expect(refusal(talk)).toBe(
      "not-a-contributor: only who has an account may hand in jobs; " +
        "none of 2 edges has answered probe 1 so far",
    );
    talk.tell(near, pong);
    expect(refusal(talk)).toContain("ledger/main has not opened one yet");
    talk.join();
    expect(refusal(talk)).toBe(
      "in-probation: probation ends at 2 verified results and 0.01 VCU of verified work; " +
        "0 and 0 VCU are known here (news 1)",
    );
    talk.standing(2, "suspended");
    expect(refusal(talk)).toBe(
      "suspended: 3 wrong results and more than a fifth of all suspend; " +
        "3 of 7 were wrong (news 2): t1, t2",
    );
    talk.standing(3, "revoked");
    expect(refusal(talk)).toMatch(/^revoked: .*\(news 3\): t1, t2$/);
  });

  test.each([
    [
      { type: "JobRefused", reason: "overloaded", rule: "9 wait", have: 0n, need: 1n },
      { answer: "refused", reason: "overloaded: 9 wait", spent: 0n },
    ],
    [
      { type: "JobSettled", job: "job/j1", spent: 3n, refunded: 1n },
      { answer: "settled", reason: "", spent: 3n },
    ],
    [
      { type: "JobFailed", job: "job/j1", reason: "deadline", spent: 2n, refunded: 1n },
      { answer: "failed", reason: "deadline", spent: 2n },
    ],
  ])("passes on $type", (message, answer) => {
    const sent = new Talk().tell(near, Object.assign({ demand: 7 }, message));
    expect(sent).toEqual([[requester, { type: "DemandAnswered", demand: 7, ...answer }]]);
  });
});

describe("Contributor: want of credit", () => {
  const refusal = (reason: string) => {
    const rule = "it needs 2 VCU, the account has 1 VCU";
    return { type: "JobRefused", demand: 7, reason, rule, have: 1n, need: 2n } as Message;
  };
  const member = (earns: boolean) => {
    const talk = new Talk({ earns }).join();
    talk.standing(2, "active");
    return talk;
  };
  const self = address("contributor", "c1");
  const ended = { type: "EarningEnded" };

  test("its machines earn for a while", () => {
    const talk = member(true);
    const [answer, ...rest] = talk.tell(near, refusal("insufficient-credit"));
    expect(answer).toMatchObject([requester, { answer: "refused" }]);
    expect(rest).toEqual(told(true, false));
    expect(talk.timers).toEqual(["earning"]);
    expect(talk.tell(self, ended)).toEqual(told(false, false));
    expect(talk.tell(self, ended)).toEqual([]);
  });

  test("another refusal has them go on, and news of the same standing do not stop them", () => {
    const talk = member(true);
    talk.tell(near, refusal("insufficient-credit"));
    expect(talk.tell(near, refusal("insufficient-credit"))).toHaveLength(1);
    expect(talk.timers).toEqual(["earning"]);
    expect(talk.standing(3, "active")).toEqual([]);
    expect(talk.standing(4, "suspended")).toEqual([...told(false, true), appeal]);
    expect(talk.tell(self, ended)).toEqual([]);
  });

  test("the next demand ends it: whether there is enough now the ledger says", () => {
    const talk = member(true);
    talk.tell(near, refusal("insufficient-credit"));
    const [first, second, third] = talk.tell(requester, demand);
    expect([first, second]).toEqual(told(false, false));
    expect(third).toMatchObject([near, { type: "SubmitJob", demand: 7 }]);
  });

  test.each(["insufficient-credit", "overloaded"])("%s: nobody earns who may not", (reason) => {
    expect(member(reason === "overloaded").tell(near, refusal(reason))).toHaveLength(1);
  });
});

test("Contributor: a corrected result is made known, whatever the standing", () => {
  const correction = { type: "ResultCorrected", task: "e.1.0", content: "c", digest: "good" };
  const contributor = makeContributor();
  const { state } = contributor.init({
    edges: [],
    ledger,
    nodes: [],
    limits: tiny,
    gate: "credit",
  });
  const from = address("verifier", "v0");
  const rest = { id: "x#1" as MessageId, atUs: micros(0), entropy: 0 as Seed, from };
  const delivery = { type: correction.type, ...rest, message: correction };
  const step = contributor.step(state, delivery as never);
  expect(step.handled).toBe(true);
  expect(step.commands).toEqual([{ command: "Publish", topic: "corrected", message: correction }]);
});

describe("Contributor: any history", () => {
  const contributor = makeContributor();
  const encode = Schema.encodeSync(contributor.State);
  const decode = Schema.decodeSync(contributor.State);
  const history = fc.array(contributorDelivery, { maxLength: 30, size: "max" });
  const receivers = Schema.Union(
    Appeal,
    DemandAnswered,
    EdgeMessage,
    JobMessage,
    OpenAccount,
    OwnerStanding,
    TrainingMessage,
  );
  const isWellFormed = Schema.is(receivers, { onExcessProperty: "error" });

  test("goes on from its JSON as if nothing had happened, and sends what schemas say", () => {
    const property = fc.property(contributorInput, history, (input, deliveries) => {
      let { state } = contributor.init(input);
      for (const delivery of deliveries) {
        const restored = decode(JSON.parse(JSON.stringify(encode(state))));
        expect(restored).toEqual(state);
        const step = contributor.step(restored, delivery as Delivery<never>);
        expect(step).toEqual(contributor.step(state, delivery as Delivery<never>));
        for (const command of step.commands) {
          if (command.command === "Send") expect(isWellFormed(command.message)).toBe(true);
        }
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("answers each demand exactly once, or hands it on", () => {
    const property = fc.property(contributorInput, history, (input, deliveries) => {
      let { state } = contributor.init(input);
      for (const delivery of deliveries) {
        const step = contributor.step(state, delivery as Delivery<never>);
        const asked = delivery.type === "DemandArrived" && delivery.from === requester;
        if (asked) expect(step.commands).toHaveLength(1);
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
