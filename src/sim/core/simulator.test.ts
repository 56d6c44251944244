/** The deterministic shell by stories: order, time, messages, spawns. Crashes: restart.test.ts. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  actor,
  cast,
  heardBy,
  huh,
  networkOf,
  ONE_MS,
  START_US,
  say,
  type Theatre,
  type TheatreParts,
  theatre,
} from "../../../test/determinism/puppet.ts";
import { address } from "../../kernel/address.ts";
import {
  cancelTimer,
  publish,
  reply,
  send,
  spawn,
  startTimer,
  stop,
} from "../../kernel/command.ts";
import { HOUR, MILLISECOND, SECOND } from "../../kernel/duration.ts";
import { InvariantViolation } from "../../kernel/invariant.ts";

const at = (us: number) => START_US + us;
const [a, b, c] = [actor("a"), actor("b"), actor("c")];

let stage: Theatre;
const open = (parts: TheatreParts = {}, names = ["a", "b", "c"]): Theatre => {
  stage = theatre(parts);
  stage.sim.start(cast(names));
  return stage;
};
const tell = (name: string, ...rest: Parameters<typeof say>) =>
  stage.sim.tell(stage.sim.actor(actor(name)), "test", say(...rest));

beforeEach(() => open());

describe("Simulator: simultaneous events", () => {
  test("the sender's rank decides, and ranks follow the sorted addresses", () => {
    tell("c", "go", send(a, say("from c")));
    tell("b", "go", send(a, say("from b")));
    stage.sim.run(at(0));
    expect(heardBy(stage, "a")).toEqual(["from b", "from c"]);
  });

  test("of one sender, its own counter decides", () => {
    tell("b", "go", send(a, say("1")), send(c, say("2")), send(a, say("3")));
    stage.sim.run(at(0));
    expect(stage.log.slice(1)).toEqual(["0 actor/a: 1", "0 actor/c: 2", "0 actor/a: 3"]);
  });

  test("an earlier event comes first, whoever caused it", () => {
    tell("a", "go", startTimer("t", 2, say("late")));
    tell("c", "go", startTimer("t", 1, say("early")));
    stage.sim.run(at(2));
    expect(stage.log.slice(2)).toEqual(["0.001 actor/c: early", "0.002 actor/a: late"]);
  });

  test("the environment comes before every actor", () => {
    const { sim } = stage;
    tell("a", "go", startTimer("t", 5, say("timer")));
    sim.schedule(at(5), () => tell("b", "first"));
    sim.schedule(at(5), () => tell("c", "second"));
    sim.run(at(5));
    expect(stage.log.slice(1).map((line) => line.slice(6))).toEqual([
      "actor/b: first",
      "actor/c: second",
      "actor/a: timer",
    ]);
  });

  test("what the environment does for an actor is ordered among that actor's events", () => {
    const { sim } = stage;
    sim.scheduleFor(sim.actor(b), at(5), () => tell("c", "for b"));
    tell("a", "go", startTimer("t", 5, say("a's timer")));
    sim.run(at(5));
    expect(stage.log.slice(1)).toEqual(["0.005 actor/a: a's timer", "0.005 actor/c: for b"]);
  });

  test("spawned actors rank after those of the start, in the order of their birth", () => {
    const child = (id: string) => address("child", id);
    tell("c", "go", spawn(child("first"), [send(a, say("first child"))]));
    tell("b", "go", spawn(child("second"), [send(a, say("second child"))]));
    tell("c", "go", send(a, say("c")));
    stage.sim.run(at(0));
    expect(heardBy(stage, "a")).toEqual(["c", "first child", "second child"]);
  });

  test("two actors at one address are a bug of the scenario", () => {
    expect(() => theatre().sim.start(cast(["a", "a"]))).toThrow(InvariantViolation);
  });
});

describe("Simulator: the order in which actors are created", () => {
  const hashOf = (names: ReadonlyArray<string>): string => {
    open({}, []);
    const first = (name: string) => [
      startTimer("t", 7, say("tick", send(actor("hub"), say(name)))),
      send(actor("hub"), say(`${name} is here`)),
    ];
    const specs = names.map((name) => ({
      address: actor(name),
      host: name.charCodeAt(0) % 8,
      input: first(name),
    }));
    stage.sim.start(specs);
    stage.sim.run(at(SECOND));
    expect(stage.log).toHaveLength(4 * names.length - names.length);
    return stage.sim.hash.digest();
  };

  test("does not show in the trace hash", () => {
    const hash = hashOf(["hub", "a", "b", "c", "d"]);
    expect(hashOf(["d", "c", "hub", "b", "a"])).toBe(hash);
    expect(hashOf(["b", "a", "d", "c", "hub"])).toBe(hash);
    expect(hashOf(["hub", "a", "b", "c", "e"])).not.toBe(hash);
  });
});

describe("Simulator: messages", () => {
  test("a reply goes to whoever asked", () => {
    tell("a", "go", send(b, say("ask", reply(say("answer")))));
    stage.sim.run(at(0));
    expect(heardBy(stage, "a")).toEqual(["go", "answer"]);
  });

  test("an id is the sender's address and its own counter", () => {
    tell("a", "go", send(b, say("x")), send(c, say("y")));
    tell("b", "go", send(c, say("z")));
    stage.sim.run(at(0));
    expect(stage.ids).toContain("actor/b actor/a#1");
    expect(stage.ids).toContain("actor/c actor/a#2");
    expect(stage.ids).toContain("actor/c actor/b#1");
  });

  test("travel takes the network's time", () => {
    open({ network: networkOf(ONE_MS) });
    tell("a", "go", send(b, say("x")));
    stage.sim.run(at(SECOND));
    expect(stage.log.at(-1)).toBe("1 actor/b: x");
  });

  test("duplicates of the network are dropped, order stays", () => {
    open({ network: networkOf({ ...ONE_MS, duplicate: 0.9, loss: 0.3 }) });
    const words = Array.from({ length: 200 }, (_, n) => `w${n}`);
    for (const word of words) tell("a", "go", send(b, say(word)));
    stage.sim.run(at(HOUR));
    expect(heardBy(stage, "b")).toEqual(words);
    expect(stage.sim.duplicatesDropped).toBeGreaterThan(100);
  });

  test("what nobody is there to hear is a dead letter", () => {
    tell("a", "go", send(actor("nobody"), say("x")), send(address("port", "nowhere"), say("y")));
    expect(stage.sim.deadLetters).toBe(2);
  });

  test("ports whose names are of one length are told apart in the trace", () => {
    const hashOf = (port: string): string => {
      open();
      stage.sim.tell(stage.sim.actor(a), port, huh);
      return stage.sim.hash.digest();
    };
    expect(hashOf("host")).not.toBe(hashOf("fact"));
  });

  test("a port's sink and a topic's listeners get what is meant for them", () => {
    const got: string[] = [];
    stage.sim.sinks.set("owner", (from, message) => got.push(`${from.address} ${message.type}`));
    stage.sim.topics.set("load", (from, message) => got.push(`${from.address} ${message.type}`));
    tell("a", "go", send(address("port", "owner"), say("x")), publish("load", { type: "Load" }));
    tell("a", "go", publish("nobody listens", { type: "Load" }));
    expect(got).toEqual(["actor/a Do", "actor/a Load"]);
    expect(stage.sim.deadLetters).toBe(0);
  });

  test("what an actor does not handle is counted by kind, state and type", () => {
    const { sim } = stage;
    sim.tell(sim.actor(a), "test", huh);
    tell("b", "x");
    sim.tell(sim.actor(b), "test", huh);
    sim.tell(sim.actor(c), "test", huh);
    expect([...sim.unhandled]).toEqual([
      ["actor at born: Huh", 2],
      ["actor at told: Huh", 1],
    ]);
  });
});

describe("Simulator: timers", () => {
  test("a timer that is started again fires once, at the later time", () => {
    tell("a", "go", startTimer("t", 10, say("first")));
    tell("a", "go", startTimer("t", 20, say("second")));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "a")).toEqual(["go", "go", "second"]);
  });

  test("a cancelled timer stays silent, other keys do not", () => {
    tell("a", "go", startTimer("t", 10, say("t")), startTimer("u", 10, say("u")));
    tell("a", "go", cancelTimer("t"));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "a").slice(2)).toEqual(["u"]);
  });

  test("a timer of no length fires after what happens now", () => {
    tell("a", "go", startTimer("t", 0, say("due")), send(b, say("x")));
    stage.sim.run(at(0));
    expect(stage.log.slice(1)).toEqual(["0 actor/a: due", "0 actor/b: x"]);
  });

  test("a timer in the past is a bug of the actor", () => {
    expect(() => tell("a", "go", startTimer("t", -1, say("x")))).toThrow(InvariantViolation);
  });

  test("a skewed clock shows in what the actor is told, not in how long it waits", () => {
    const { sim } = stage;
    const times: number[] = [];
    sim.onDelivery = ({ atUs }) => times.push(atUs - START_US);
    sim.actor(a).skewUs = -5 * SECOND;
    tell("a", "go", startTimer("t", SECOND, say("due")));
    sim.run(at(HOUR));
    expect(times).toEqual([-5 * SECOND, -4 * SECOND]);
  });
});

describe("Simulator: spawn and stop", () => {
  const child = address("child", "k");

  test("a second spawn of an address is dropped, also after the actor's end", () => {
    tell("a", "go", spawn(child, [send(c, say("born"))]));
    tell("b", "go", spawn(child, [send(c, say("born again"))]));
    tell("a", "go", send(child, say("end", stop)));
    stage.sim.run(at(0));
    tell("a", "go", spawn(child, [send(c, say("risen"))]));
    stage.sim.run(at(0));
    expect(heardBy(stage, "c")).toEqual(["born"]);
  });

  test("a spawned actor can be written to in the same step", () => {
    tell("a", "go", spawn(child, []), send(child, say("hello", reply(say("hi")))));
    stage.sim.run(at(0));
    expect(heardBy(stage, "a")).toEqual(["go", "hi"]);
  });

  test("stopped: timers are silent, messages are dead letters, last words are heard", () => {
    open({ network: networkOf(ONE_MS) });
    tell("a", "go", spawn(child, [startTimer("t", SECOND, say("due"))]));
    tell("a", "go", send(child, say("end", send(b, say("farewell")), stop)), send(child, say("x")));
    stage.sim.run(at(MILLISECOND));
    tell("a", "go", send(child, say("y")));
    stage.sim.run(at(HOUR));
    expect(heardBy(stage, "b")).toEqual(["farewell"]);
    expect(stage.sim.deadLetters).toBe(2);
    expect(stage.log.some((line) => line.endsWith("due"))).toBe(false);
  });

  test("observers see births and ends in order", () => {
    const seen: string[] = [];
    stage.sim.observers.push({
      stepped: () => undefined,
      spawned: (one, by) => seen.push(`+${one.address} by ${by?.address}`),
      stopped: (one) => seen.push(`-${one.address}`),
    });
    tell("a", "go", spawn(child, []), send(child, say("end", stop)));
    stage.sim.run(at(0));
    expect(seen).toEqual(["+child/k by actor/a", "-child/k"]);
  });

  test("where nothing crashes, the dead are forgotten after their quarantine", () => {
    open({ outboxTail: 0 });
    const marksOf = () => stage.sim.actor(c).mailbox.image((n) => `actor/${n}` as never).marks;
    for (let n = 0; n < 5; n++) {
      const each = address("child", `k${n}`);
      tell("a", "go", spawn(each, [send(c, say("hello"))]), send(each, say("end", stop)));
      stage.sim.run(at(n));
    }
    expect(marksOf()).toHaveLength(5);
    const last = address("child", "last");
    stage.sim.run(at(3 * HOUR));
    tell("a", "go", spawn(last, []), send(last, say("end", stop)));
    stage.sim.run(at(3 * HOUR));
    expect(marksOf()).toHaveLength(0);
  });
});

describe("Simulator: late beginnings", () => {
  test("what is sent to an actor before its time waits for it, in order", () => {
    open({}, []);
    const late = { address: b, host: 1, input: [send(a, say("b is here"))], fromUs: at(100) };
    stage.sim.start([...cast(["a"], send(b, say("1")), send(b, say("2"))), late]);
    stage.sim.run(at(99));
    expect(stage.log).toEqual([]);
    stage.sim.run(at(100));
    expect(stage.log).toEqual(["0.1 actor/b: 1", "0.1 actor/b: 2", "0.1 actor/a: b is here"]);
  });
});

describe("Simulator: partitions", () => {
  const cut = (id: number, one: number, other: number, oneWay = false) =>
    stage.sim.network.addCut({ id, from: { hosts: [one] }, to: { hosts: [other] }, oneWay });

  beforeEach(() => open({ network: networkOf(ONE_MS) }));

  test("what a cut stops arrives after it healed, in order, and before what is sent later", () => {
    cut(0, 0, 1);
    tell("a", "go", send(b, say("1")), send(c, say("past the cut")));
    stage.sim.run(at(SECOND));
    tell("a", "go", send(b, say("2")));
    stage.sim.run(at(2 * SECOND));
    expect(heardBy(stage, "b")).toEqual([]);
    expect(heardBy(stage, "c")).toEqual(["past the cut"]);
    stage.sim.heal(0);
    tell("a", "go", send(b, say("3")));
    stage.sim.run(at(3 * SECOND));
    expect(heardBy(stage, "b")).toEqual(["1", "2", "3"]);
  });

  test("one way: the other direction goes on", () => {
    cut(0, 0, 1, true);
    tell("a", "go", send(b, say("stopped")));
    tell("b", "go", send(a, say("passes")));
    stage.sim.run(at(SECOND));
    expect([heardBy(stage, "a"), heardBy(stage, "b")]).toEqual([["go", "passes"], ["go"]]);
  });

  test("behind two cuts a message waits for both, and order stays", () => {
    cut(0, 0, 1);
    tell("a", "go", send(b, say("1")));
    cut(1, 0, 1);
    tell("a", "go", send(b, say("2")));
    stage.sim.heal(0);
    tell("a", "go", send(b, say("3")));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "b")).toEqual([]);
    stage.sim.heal(1);
    stage.sim.run(at(2 * SECOND));
    expect(heardBy(stage, "b")).toEqual(["1", "2", "3"]);
  });
});

describe("Simulator: runs", () => {
  const chatter = () => {
    open({ network: networkOf({ ...ONE_MS, loss: 0.2, duplicate: 0.2 }) });
    for (let n = 1; n <= 50; n++) {
      tell("a", "go", startTimer(`t${n}`, n * SECOND, say("tick", send(b, say(`to b ${n}`)))));
    }
  };

  test("in slices the trace is the same as in one piece", () => {
    chatter();
    expect(stage.sim.run(at(HOUR))).toBe(true);
    const { events, hash } = stage.sim;
    chatter();
    let slices = 1;
    while (!stage.sim.run(at(HOUR), 7)) slices++;
    expect(slices).toBeGreaterThan(5);
    expect([stage.sim.events, stage.sim.hash.digest()]).toEqual([events, hash.digest()]);
  });

  test("the clock stands at the end of the run, and what is later waits", () => {
    tell("a", "go", startTimer("t", 10, say("due")));
    stage.sim.run(at(9));
    expect([stage.sim.nowUs, stage.log.length, stage.sim.pending]).toEqual([at(9), 1, 1]);
    stage.sim.run(at(10));
    expect([stage.sim.nowUs, stage.log.length]).toEqual([at(10), 2]);
  });

  test("without the trace hash the run is the same", () => {
    chatter();
    stage.sim.run(at(HOUR));
    const { log, sim } = stage;
    stage = theatre({
      network: networkOf({ ...ONE_MS, loss: 0.2, duplicate: 0.2 }),
      hashing: false,
    });
    stage.sim.start(cast(["a", "b", "c"]));
    for (let n = 1; n <= 50; n++) {
      tell("a", "go", startTimer(`t${n}`, n * SECOND, say("tick", send(b, say(`to b ${n}`)))));
    }
    stage.sim.run(at(HOUR));
    expect(stage.log).toEqual(log);
    expect(stage.sim.events).toBe(sim.events);
    expect(stage.sim.hash.digest()).not.toBe(sim.hash.digest());
  });

  test("entropy is fixed by seed, actor and how much it has heard, not by the others", () => {
    const drawn = (seed: number, others: number): ReadonlyArray<number> => {
      open({ seed }, ["a", "b"]);
      const words: number[] = [];
      for (let n = 0; n < others; n++) tell("b", "noise");
      stage.sim.onDelivery = ({ entropy, target }) => {
        if (target.address === a) words.push(entropy);
      };
      for (let n = 0; n < 5; n++) {
        tell("a", "x");
        tell("b", "noise");
      }
      return words;
    };
    expect(drawn(3, 0)).toEqual(drawn(3, 100));
    expect(drawn(4, 0)).not.toEqual(drawn(3, 0));
    expect(drawn(3 + 2 ** 32, 0)).not.toEqual(drawn(3, 0));
    expect(new Set(drawn(3, 0)).size).toBe(5);
  });
});
