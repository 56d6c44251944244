import { Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Address, address } from "../../kernel/address.ts";
import type { Delivery } from "../../kernel/delivery.ts";
import { micros } from "../../kernel/duration.ts";
import { pick, type Seed } from "../../kernel/entropy.ts";
import type { Message, MessageId } from "../../kernel/message.ts";
import { type AnyVerificationPolicy, withheldDigest } from "../../kernel/policies/verification.ts";
import { credibility, survived } from "../../policies/verification/credibility.ts";
import { quorum } from "../../policies/verification/quorum.ts";
import { ContributorMessage } from "../contributor/messages.ts";
import { EdgeMessage } from "../edge/messages.ts";
import { Verdict, Weighed } from "../job/messages.ts";
import { LedgerMessage } from "../ledger/messages.ts";
import type { VerifierMessage } from "./messages.ts";
import { SOLO_KEPT } from "./solo.ts";
import type { VerifierInput } from "./state.ts";
import { verifierDelivery, verifierInput } from "./verifier.arbitrary.ts";
import { makeVerifier } from "./verifier.ts";

const ledger = address("ledger", "main");
const edge = address("edge", "e");
const requester = address("contributor", "alice");
const voting = makeVerifier({ policy: quorum, params: { agree: 2, limit: 4 } });
/** Two fresh owners that agree are believed, five survived checks are enough alone. */
const params = { ...Schema.decodeSync(credibility.Params)({}), f: 0.05 };
const owner = (n: number) => address("contributor", `c${n}`);

function deliver(from: Address, message: VerifierMessage, entropy: Seed) {
  const rest = { id: `${from}#1` as MessageId, atUs: micros(0), entropy, from };
  return { type: message.type, ...rest, message } as Delivery<VerifierMessage>;
}

/** A seed that draws no check. */
const calm = (() => {
  for (let word = 1; ; word++) if (pick(word as Seed, 0, 1_000_000) > 500_000) return word as Seed;
})();

interface Asked {
  readonly task?: string;
  readonly content?: string;
  readonly commons?: boolean;
  /** Number of the first owner. */
  readonly from?: number;
}

/** A Judge of results given as text, one letter a digest, each of its own node and owner. */
function judgeOf(digests: string, asked: Asked = {}): Delivery<VerifierMessage> {
  const { task = "t1", content = `content of ${task}`, commons = false, from = 0 } = asked;
  const results = digests.split("").map((digest, n) => ({
    attempt: `${task}.${n}`,
    node: address("node", `n${from + n}`),
    owner: owner(from + n),
    digest,
  }));
  const sizes = { mflop: 5, memoryMib: 4, inputBytes: 1, outputBytes: 2 };
  const work = { content, ...sizes, requester, commons, edge };
  return deliver(address("job", "j1"), { type: "Judge", task, work, results }, calm);
}

class Talk {
  private readonly verifier = makeVerifier({ policy: credibility, params });
  private step;

  constructor(input: VerifierInput = { ledger }) {
    this.step = this.verifier.init(input);
  }
  judge(digests: string, asked: Asked = {}): ReadonlyArray<Message> {
    return this.tell(judgeOf(digests, asked));
  }
  appeal(who: Address, task: string, from = ledger): ReadonlyArray<Message> {
    return this.tell(deliver(from, { type: "Reexamine", owner: who, task }, calm));
  }
  /** How many copies more are wanted while these owners' results are sealed. */
  weigh(owners: ReadonlyArray<number>, task = "t1"): ReadonlyArray<Message> {
    const asked = { task, content: `content of ${task}`, owners: owners.map(owner) };
    return this.tell(deliver(address("job", "j1"), { type: "Weigh", ...asked }, calm));
  }
  tell(delivery: Delivery<VerifierMessage>): ReadonlyArray<Message> {
    this.step = this.verifier.step(this.step.state, delivery);
    expect(this.step.handled).toBe(true);
    return this.step.commands.flatMap((one) => ("message" in one ? [one.message] : []));
  }
  /** Owner 0 has so many survived checks, and company of its own in each. */
  trusted(checks = 6): this {
    for (let n = 0; n < checks; n++) this.judge("aa", { task: `early${n}`, from: 0 });
    return this;
  }
  survived(n: number): number {
    return survived(this.step.state.context.policy, owner(n));
  }
}

describe("Verifier: verdicts", () => {
  const nothing = { digest: "", executions: 0, agreed: [], wrong: [] };
  test.each([
    ["", { verdict: "more", ...nothing, executions: 2 }],
    ["a", { verdict: "more", ...nothing, executions: 1 }],
    ["ab", { verdict: "more", ...nothing, executions: 1 }],
    [
      "aba",
      {
        verdict: "accepted",
        digest: "a",
        executions: 0,
        agreed: ["t1.0", "t1.2"],
        wrong: ["t1.1"],
      },
    ],
    ["abcd", { verdict: "rejected", ...nothing }],
  ])("answers results %j with the policy's judgement", (digests, verdict) => {
    const { commands } = voting.step(voting.init({ ledger }).state, judgeOf(digests));
    const message = { type: "Verdict", task: "t1", ...verdict };
    expect(commands).toEqual([{ command: "Reply", message }]);
  });

  test("learns from what was accepted and not before", () => {
    const { state } = voting.init({ ledger });
    expect(voting.step(state, judgeOf("ab")).state).toEqual(state);
    const learned = voting.step(state, judgeOf("aba")).state.context.policy;
    expect(learned.entries()).toEqual([
      ["node/n0", { valid: 1, wrong: 0 }],
      ["node/n1", { valid: 0, wrong: 1 }],
      ["node/n2", { valid: 1, wrong: 0 }],
    ]);
  });
});

describe("Verifier: copies before any result is shown", () => {
  test("as many more as make an agreement of theta, from what is known of the owners", () => {
    const talk = new Talk().trusted();
    expect(talk.weigh([7])).toEqual([{ type: "Weighed", task: "t1", more: 1 }]);
    expect(talk.weigh([7, 8])).toEqual([{ type: "Weighed", task: "t1", more: 0 }]);
    expect(talk.weigh([0])).toEqual([{ type: "Weighed", task: "t1", more: 0 }]);
  });

  test("while an appeal waits, one owner is never enough", () => {
    const talk = new Talk().trusted(40);
    talk.judge("aabaa");
    talk.appeal(owner(2), "t1");
    expect(talk.weigh([0])).toMatchObject([{ more: 1 }]);
  });
});

describe("Verifier: results that are never shown", () => {
  test("one that no shown result is the same as is wrong like any other", () => {
    const talk = new Talk().trusted();
    talk.judge("x", { task: "s1" });
    const hidden = judgeOf("?aaaa", { task: "t9" });
    const said = talk.tell(withDigest(hidden, "?", withheldDigest("t9.0")));
    expect(said.map(({ type }) => type)).toEqual(["Verdict", "Slash", "Recheck"]);
  });

  test("it is never accepted, however credible its owner", () => {
    const talk = new Talk().trusted(400);
    const hidden = judgeOf("?b", { task: "t9", from: 1 });
    const [verdict] = talk.tell(withDigest(hidden, "?", withheldDigest("t9.0")));
    expect(verdict).toMatchObject({ verdict: "more", executions: 1 });
  });
});

/** The same Judge with another digest in the place of `from`. */
function withDigest(
  delivery: Delivery<VerifierMessage>,
  from: string,
  digest: string,
): Delivery<VerifierMessage> {
  const { message } = delivery;
  if (message.type !== "Judge") return delivery;
  const results = message.results.map((one) => (one.digest === from ? { ...one, digest } : one));
  return { ...delivery, message: { ...message, results } } as Delivery<VerifierMessage>;
}

describe("Verifier: proof", () => {
  test("who is proven wrong is slashed, and told off nowhere else", () => {
    const [verdict, slash] = new Talk().judge("aabaa");
    expect(verdict).toMatchObject({ verdict: "accepted", digest: "a", wrong: [] });
    expect(slash).toEqual({ type: "Slash", owner: owner(2), task: "t1" });
  });

  test("without a ledger there is nothing to slash", () => {
    const said = new Talk({ ledger: null }).judge("aabaa");
    expect(said.map(({ type }) => type)).toEqual(["Verdict"]);
  });

  test("what was believed on its word is executed again, by others", () => {
    const talk = new Talk().trusted();
    talk.judge("x", { task: "s1" });
    talk.judge("x", { task: "s2", commons: true });
    const said = talk.judge("baaaa", { task: "t9" });
    expect(said.map(({ type }) => type)).toEqual(["Verdict", "Slash", "Recheck"]);
    expect(said[2]).toEqual({
      type: "Recheck",
      contents: ["content of s1", "content of s2"],
      tasks: [5, 5],
      inputBytes: 1,
      outputBytes: 2,
      memoryMib: 4,
      exclude: [owner(0)],
    });
    expect(talk.survived(0)).toBe(0);
  });

  test("a recheck that differs is told to the requester; the commons hear of it in public", () => {
    const talk = new Talk().trusted();
    talk.judge("x", { task: "s1" });
    talk.judge("x", { task: "s2", commons: true });
    talk.judge("baaaa", { task: "t9" });
    const correction = {
      type: "ResultCorrected",
      task: "s1",
      content: "content of s1",
      digest: "a",
    };
    const said = talk.judge("aaa", { task: "r1", content: "content of s1", from: 5 });
    expect(said.slice(1)).toEqual([correction, correction]);
    const again = talk.judge("aaa", { task: "r2", content: "content of s2", from: 5 });
    expect(again.slice(1)).toMatchObject([{ type: "ResultCorrected", task: "s2" }]);
    // what is settled is in doubt no more
    expect(talk.judge("aaa", { task: "r3", content: "content of s1", from: 5 })).toHaveLength(1);
  });

  test("a recheck that agrees is told to nobody", () => {
    const talk = new Talk().trusted();
    talk.judge("a", { task: "s1" });
    talk.judge("baaaa", { task: "t9" });
    expect(talk.judge("aaa", { task: "r1", content: "content of s1", from: 5 })).toHaveLength(1);
  });

  test("a recheck that was itself one owner's word can be taken back in its turn", () => {
    const talk = new Talk().trusted();
    talk.judge("x", { task: "s1" });
    talk.judge("baaaa", { task: "t9" });
    // owner 1, trusted like the first, says the same lie again, and is caught later
    expect(talk.judge("x", { task: "r1", content: "content of s1", from: 1 })).toHaveLength(1);
    const said = talk.judge("baaaa", { task: "t10", from: 1 });
    expect(said[2]).toMatchObject({ type: "Recheck", contents: ["content of s1"] });
    const corrected = talk.judge("aaa", { task: "r2", content: "content of s1", from: 6 });
    const tasks = corrected.map((message) => (message as Message & { task: string }).task);
    expect(tasks).toEqual(["r2", "s1", "s1", "r1", "r1"]);
  });

  test(`remembers the last ${SOLO_KEPT} solo results and no more`, () => {
    const talk = new Talk().trusted();
    for (let n = 0; n < SOLO_KEPT + 10; n++) talk.judge("x", { task: `s${n}` });
    const [, , recheck] = talk.judge("baaaa", { task: "t9" });
    const { contents } = recheck as Message & { contents: ReadonlyArray<string> };
    expect(contents).toHaveLength(SOLO_KEPT);
    expect(contents[0]).toBe("content of s10");
  });
});

describe("Verifier: appeals", () => {
  const caught = () => {
    const talk = new Talk();
    talk.judge("aabaa");
    return talk;
  };

  test("the evidence is executed again by owners who had no part in it", () => {
    const [recheck] = caught().appeal(owner(2), "t1");
    expect(recheck).toMatchObject({
      type: "Recheck",
      contents: ["content of t1"],
      exclude: [0, 1, 2, 3, 4].map(owner),
    });
  });

  test.each([
    ["aaaaa", true],
    ["bbbbb", false],
  ])("executed again with %s: upheld is %s", (digests, upheld) => {
    const talk = caught();
    talk.appeal(owner(2), "t1");
    const said = talk.judge(digests, { task: "r1", content: "content of t1", from: 5 });
    const answer = { type: "Reexamined", owner: owner(2), task: "t1", upheld };
    expect(said.filter(({ type }) => type === "Reexamined")).toEqual([answer]);
  });

  test("one owner's word is not enough, however credible", () => {
    const talk = caught().trusted(40);
    talk.appeal(owner(2), "t1");
    const [verdict] = talk.judge("a", { task: "r1", content: "content of t1" });
    expect(verdict).toMatchObject({ verdict: "more" });
  });

  test("where nothing can be shown, and where nobody agrees, the accused goes free", () => {
    const free = { type: "Reexamined", owner: owner(9), task: "t1", upheld: false };
    expect(caught().appeal(owner(9), "t1")).toEqual([free]);
    const talk = caught();
    talk.appeal(owner(2), "t1");
    const split = talk.judge("abcdefgh", { task: "r1", content: "content of t1", from: 5 });
    expect(split[1]).toMatchObject({ type: "Reexamined", owner: owner(2), upheld: false });
  });

  test("only the ledger may ask", () => {
    expect(caught().appeal(owner(2), "t1", owner(2))).toEqual([]);
  });
});

describe.each([
  { name: "quorum", policy: quorum as AnyVerificationPolicy, rule: { agree: 2, limit: 4 } },
  { name: "credibility", policy: credibility as AnyVerificationPolicy, rule: params },
])("Verifier with $name: any history", ({ policy, rule }) => {
  const verifier = makeVerifier({ policy, params: rule });
  const protocols = [EdgeMessage, LedgerMessage, ContributorMessage, Verdict, Weighed] as const;
  const isWellFormed = Schema.is(Schema.Union(...protocols), { onExcessProperty: "error" });

  test("goes on from its JSON, and sends what schemas say", () => {
    const encode = Schema.encodeSync(verifier.State);
    const decode = Schema.decodeSync(verifier.State);
    const history = fc.array(verifierDelivery, { maxLength: 20 });
    const property = fc.property(verifierInput, history, (input, deliveries) => {
      let { state } = verifier.init(input);
      for (const delivery of deliveries) {
        const restored = decode(JSON.parse(JSON.stringify(encode(state))));
        const again = verifier.step(restored, delivery);
        const step = verifier.step(state, delivery);
        expect(again.commands).toEqual(step.commands);
        expect(encode(again.state)).toEqual(encode(step.state));
        for (const command of step.commands) {
          if ("message" in command) expect(isWellFormed(command.message)).toBe(true);
        }
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
