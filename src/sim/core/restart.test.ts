/** Crash, restart and pause: what an actor was told and what it promised outlives its process. */
import { beforeEach, describe, expect, test } from "vitest";
import {
  actor,
  cast,
  heardBy,
  networkOf,
  ONE_MS,
  type PuppetState,
  START_US,
  say,
  type Theatre,
  type TheatreParts,
  theatre,
} from "../../../test/determinism/puppet.ts";
import { address } from "../../kernel/address.ts";
import {
  type PortCall,
  portCall,
  publish,
  send,
  spawn,
  startTimer,
  stop,
} from "../../kernel/command.ts";
import { HOUR, SECOND } from "../../kernel/duration.ts";
import { Down, type Hosted } from "./hosted.ts";

const at = (us: number) => START_US + us;
const [a, b, c] = [actor("a"), actor("b"), actor("c")];
const child = address("child", "k");

let stage: Theatre;
const hosted = (name: string): Hosted => stage.sim.actor(actor(name));
const open = (parts: TheatreParts = {}): void => {
  stage = theatre(parts);
  stage.sim.start(cast(["a", "b", "c"]));
};
const tell = (name: string, ...rest: Parameters<typeof say>) =>
  stage.sim.tell(hosted(name), "test", say(...rest));
const rise = (one: Hosted) => {
  stage.sim.up(one, Down.crashed, { revived: true });
  stage.sim.releaseHeld(one);
};
/** A port that notes its calls and losses. */
const port = (): string[] => {
  const seen: string[] = [];
  stage.sim.ports.set("runner", {
    call: (from, call) => seen.push(`${from.address} ${call.key}`),
    lost: (from) => seen.push(`${from.address} lost`),
  });
  return seen;
};
const run = (key: string): PortCall => portCall("runner", key, { type: "RunModel" }, HOUR);
const outcome = (name: string, key: string) =>
  stage.sim.outcome(hosted(name), "runner", key, {
    type: "PortOutcome",
    key,
    value: "done",
  } as never);

beforeEach(() => open());

describe("crash between two steps", () => {
  test("the state comes back through its persisted form", () => {
    tell("a", "x");
    const before = hosted("a").state as PuppetState;
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    expect(hosted("a").state).toEqual(before);
    expect(hosted("a").state).not.toBe(before);
  });

  test("what it had sent is sent again, and heard once", () => {
    tell("a", "go", send(b, say("1")), send(c, say("2")));
    tell("a", "go", send(b, say("3")));
    stage.sim.run(at(0));
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    stage.sim.run(at(SECOND));
    expect([heardBy(stage, "b"), heardBy(stage, "c")]).toEqual([["1", "3"], ["2"]]);
    expect(stage.sim.duplicatesDropped).toBe(3);
  });

  test("its next message has a new number", () => {
    tell("a", "go", send(b, say("1")));
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    tell("a", "go", send(b, say("2")));
    stage.sim.run(at(0));
    expect(heardBy(stage, "b")).toEqual(["1", "2"]);
  });

  test("a message on its way when the sender dies arrives", () => {
    open({ network: networkOf(ONE_MS) });
    tell("a", "go", send(b, say("1")));
    stage.sim.crash(hosted("a"));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "b")).toEqual(["1"]);
  });

  test("what others sent meanwhile waits in order, duplicates are known after the restart", () => {
    tell("b", "go", send(a, say("1")));
    stage.sim.run(at(0));
    stage.sim.crash(hosted("a"));
    tell("c", "go", send(a, say("3")));
    tell("b", "go", send(a, say("2")));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "a")).toEqual(["1"]);
    stage.sim.crash(hosted("b"));
    rise(hosted("b"));
    rise(hosted("a"));
    stage.sim.run(at(2 * SECOND));
    expect(heardBy(stage, "a")).toEqual(["1", "2", "3"]);
  });

  test("what a job said to a machine that is away is heard long after the job is forgotten", () => {
    open({ outboxTail: 0 });
    stage.sim.crash(hosted("c"));
    tell("a", "go", spawn(child, [send(c, say("late")), stop]));
    stage.sim.run(at(3 * HOUR));
    tell("a", "go", spawn(address("child", "l"), [stop]));
    stage.sim.run(at(3 * HOUR));
    rise(hosted("c"));
    expect(heardBy(stage, "c")).toEqual(["late"]);
    stage.sim.crash(hosted("c"));
    rise(hosted("c"));
    expect(heardBy(stage, "c")).toEqual(["late"]);
  });

  test("a spawn is issued again and dropped, also when the child has ended", () => {
    tell("a", "go", spawn(child, [send(b, say("born"))]));
    stage.sim.run(at(0));
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    tell("a", "go", send(child, say("end", stop)));
    stage.sim.run(at(0));
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "b")).toEqual(["born"]);
  });

  test("amounts in waiting messages survive", () => {
    const amount = { type: "Do", word: "due", commands: [], amount: 2n ** 80n };
    tell("a", "go", startTimer("t", SECOND, amount));
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    let heard: unknown;
    stage.sim.onDelivery = ({ message }) => {
      heard = message;
    };
    stage.sim.run(at(SECOND));
    expect(heard).toEqual(amount);
  });
});

describe("crash after the append", () => {
  const promises = [
    send(b, say("1")),
    spawn(child, [send(c, say("born"))]),
    send(child, say("hello")),
    startTimer("t", 5 * SECOND, say("due")),
    run("k"),
    publish("load", { type: "Load" }),
  ];

  test("nothing of the step is seen before the restart, all of it once after", () => {
    const calls = port();
    const crashed: string[] = [];
    stage.sim.crashAtNextStep(hosted("a"), () => crashed.push("a"));
    tell("a", "go", ...promises);
    stage.sim.run(at(SECOND));
    expect([crashed, heardBy(stage, "a"), heardBy(stage, "b")]).toEqual([["a"], ["go"], []]);
    expect([stage.sim.actors.has(child), calls]).toEqual([false, ["actor/a lost"]]);
    rise(hosted("a"));
    stage.sim.run(at(2 * SECOND));
    expect([heardBy(stage, "b"), heardBy(stage, "c")]).toEqual([["1"], ["born"]]);
    expect(calls).toEqual(["actor/a lost", "actor/a k"]);
    stage.sim.run(at(HOUR));
    expect(heardBy(stage, "a")).toEqual(["go", "due"]);
    expect(stage.log.filter((line) => line.includes("child/k"))).toEqual(["1000 child/k: hello"]);
  });

  test("a second crash repeats them, and still each takes effect once", () => {
    const calls = port();
    stage.sim.crashAtNextStep(hosted("a"), () => undefined);
    tell("a", "go", ...promises);
    for (let again = 1; again <= 3; again++) {
      rise(hosted("a"));
      stage.sim.run(at(again * SECOND));
      stage.sim.crash(hosted("a"));
    }
    rise(hosted("a"));
    stage.sim.run(at(HOUR));
    expect([heardBy(stage, "b"), heardBy(stage, "c")]).toEqual([["1"], ["born"]]);
    expect(heardBy(stage, "a")).toEqual(["go", "due"]);
    expect(calls.filter((call) => call === "actor/a k")).toHaveLength(4);
  });

  test("a step with more commands than the outbox tail loses none", () => {
    open({ outboxTail: 2 });
    stage.sim.crashAtNextStep(hosted("a"), () => undefined);
    const words = Array.from({ length: 9 }, (_, n) => `w${n}`);
    tell("a", "go", ...words.map((word) => send(b, say(word))));
    rise(hosted("a"));
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "b")).toEqual(words);
  });

  test("a step without commands can be the one", () => {
    stage.sim.crashAtNextStep(hosted("a"), () => undefined);
    tell("a", "x");
    expect(hosted("a").down).toBe(Down.crashed);
    rise(hosted("a"));
    expect(heardBy(stage, "a")).toEqual(["x"]);
  });

  test("last words and the end itself are made up for", () => {
    tell("a", "go", spawn(child, []));
    const one = stage.sim.actor(child);
    stage.sim.crashAtNextStep(one, () => undefined);
    stage.sim.tell(one, "test", say("end", send(b, say("farewell")), stop));
    stage.sim.run(at(SECOND));
    expect([heardBy(stage, "b"), stage.sim.actors.has(child)]).toEqual([[], true]);
    rise(one);
    stage.sim.run(at(2 * SECOND));
    expect([heardBy(stage, "b"), stage.sim.actors.has(child)]).toEqual([["farewell"], false]);
  });
});

describe("timers across a restart", () => {
  test("one that is not due yet fires at its time", () => {
    tell("a", "go", startTimer("t", 10 * SECOND, say("due")));
    stage.sim.run(at(SECOND));
    stage.sim.crash(hosted("a"));
    stage.sim.run(at(5 * SECOND));
    rise(hosted("a"));
    stage.sim.run(at(HOUR));
    expect(stage.log.slice(1)).toEqual(["10000 actor/a: due"]);
  });

  test("one that is overdue fires at once, after what waited", () => {
    tell("a", "go", startTimer("t", 10 * SECOND, say("due")));
    stage.sim.crash(hosted("a"));
    tell("b", "go", send(a, say("waited")));
    stage.sim.run(at(15 * SECOND));
    rise(hosted("a"));
    stage.sim.run(at(HOUR));
    expect(stage.log.slice(2)).toEqual(["15000 actor/a: waited", "15000 actor/a: due"]);
  });

  test("a firing from before the crash is stale: the timer speaks once", () => {
    tell("a", "go", startTimer("t", 10 * SECOND, say("due")));
    for (let again = 0; again < 3; again++) {
      stage.sim.crash(hosted("a"));
      rise(hosted("a"));
    }
    stage.sim.run(at(HOUR));
    expect(heardBy(stage, "a")).toEqual(["go", "due"]);
  });

  test("one that was replaced stays silent", () => {
    tell("a", "go", startTimer("t", 10 * SECOND, say("first")));
    tell("a", "go", startTimer("t", 20 * SECOND, say("second")));
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    stage.sim.run(at(HOUR));
    expect(stage.log.slice(2)).toEqual(["20000 actor/a: second"]);
  });
});

describe("port calls across a restart", () => {
  test("an open call is made again, and its outcome counts once", () => {
    const calls = port();
    tell("a", "go", run("k"));
    stage.sim.crash(hosted("a"));
    outcome("a", "k");
    rise(hosted("a"));
    outcome("a", "k");
    outcome("a", "k");
    expect(calls).toEqual(["actor/a k", "actor/a lost", "actor/a k"]);
    expect(heardBy(stage, "a")).toEqual(["go", "k=done"]);
  });

  test("an outcome that came is not asked for again", () => {
    const calls = port();
    tell("a", "go", run("k"));
    outcome("a", "k");
    stage.sim.crash(hosted("a"));
    rise(hosted("a"));
    expect(calls).toEqual(["actor/a k", "actor/a lost"]);
  });

  test("a key that is open is not called a second time", () => {
    const calls = port();
    tell("a", "go", run("k"), run("k"));
    expect(calls).toEqual(["actor/a k"]);
  });
});

describe("a paused actor", () => {
  const pause = () => stage.sim.goDown(hosted("a"), Down.paused);
  const resume = () => {
    stage.sim.up(hosted("a"), Down.paused, { revived: false });
    stage.sim.releaseHeld(hosted("a"));
  };

  test("hears what came meanwhile when it goes on, in order, with the state it had", () => {
    tell("a", "x", send(b, say("1")));
    const state = hosted("a").state;
    pause();
    tell("b", "go", send(a, say("y")));
    tell("c", "go", send(a, say("z")));
    stage.sim.run(at(SECOND));
    expect(hosted("a").state).toBe(state);
    resume();
    stage.sim.run(at(SECOND));
    expect(heardBy(stage, "a")).toEqual(["x", "y", "z"]);
    expect(stage.sim.duplicatesDropped).toBe(0);
  });

  test("fires a timer that fell due in between once, at once", () => {
    tell("a", "go", startTimer("t", SECOND, say("due")), startTimer("u", 9 * SECOND, say("u")));
    pause();
    stage.sim.run(at(5 * SECOND));
    resume();
    stage.sim.run(at(HOUR));
    expect(stage.log.slice(1)).toEqual(["5000 actor/a: due", "9000 actor/a: u"]);
  });

  test("keeps its port calls: the outcome waits", () => {
    const calls = port();
    tell("a", "go", run("k"));
    pause();
    outcome("a", "k");
    expect(heardBy(stage, "a")).toEqual(["go"]);
    resume();
    outcome("a", "k");
    expect(heardBy(stage, "a")).toEqual(["go", "k=done"]);
    expect(calls).toEqual(["actor/a k"]);
  });
});

describe("several reasons to be down", () => {
  test("the last one to end brings the actor back", () => {
    const one = hosted("a");
    stage.sim.goDown(one, Down.off);
    stage.sim.crash(one);
    tell("b", "go", send(a, say("x")));
    stage.sim.run(at(SECOND));
    stage.sim.up(one, Down.off, { revived: false });
    stage.sim.releaseHeld(one);
    expect(heardBy(stage, "a")).toEqual([]);
    rise(one);
    expect(heardBy(stage, "a")).toEqual(["x"]);
  });

  test("what was lost while it was paused is made up for when it goes on", () => {
    const calls = port();
    const one = hosted("a");
    tell("a", "go", run("k"));
    const before = one.state;
    stage.sim.goDown(one, Down.paused);
    stage.sim.crash(one);
    stage.sim.up(one, Down.crashed, { revived: true });
    stage.sim.up(one, Down.paused, { revived: false });
    expect(calls).toEqual(["actor/a k", "actor/a lost", "actor/a k"]);
    expect(one.state).not.toBe(before);
  });

  test("a reason that does not hold ends without a trace", () => {
    tell("a", "go", send(b, say("1")));
    stage.sim.run(at(0));
    stage.sim.up(hosted("a"), Down.crashed, { revived: true });
    stage.sim.run(at(SECOND));
    expect(stage.sim.duplicatesDropped).toBe(0);
  });

  test("messages released while it falls again wait on, in order", () => {
    const one = hosted("a");
    stage.sim.crash(one);
    tell("b", "go", send(a, say("1")), send(a, say("2")), send(a, say("3")));
    stage.sim.run(at(SECOND));
    stage.sim.crashAtNextStep(one, () => undefined);
    rise(one);
    expect(heardBy(stage, "a")).toEqual(["1"]);
    rise(one);
    expect(heardBy(stage, "a")).toEqual(["1", "2", "3"]);
  });
});

describe("an actor of the start that has ended", () => {
  beforeEach(() => {
    tell("a", "go", send(b, say("farewell")), stop);
    stage.sim.run(at(0));
  });

  test("is still known to those who heard it, after their restart", () => {
    stage.sim.crash(hosted("b"));
    rise(hosted("b"));
    expect(heardBy(stage, "b")).toEqual(["farewell"]);
  });

  test("is not born again by a spawn", () => {
    tell("b", "go", spawn(a, []));
    expect(stage.sim.actors.has(a)).toBe(false);
  });
});

describe("memory", () => {
  test("a run in which actors crash at random hears every word once", () => {
    open({ network: networkOf({ ...ONE_MS, loss: 0.2, duplicate: 0.3 }) });
    const words = Array.from({ length: 300 }, (_, n) => `w${n}`);
    const { sim } = stage;
    words.forEach((word, n) => {
      sim.schedule(at(n * 10_000), () => tell("a", "go", send(b, say(word))));
      if (n % 7 === 3) sim.schedule(at(n * 10_000 + 1), () => sim.crash(hosted("a")));
      if (n % 7 === 4) sim.schedule(at(n * 10_000 + 2), () => rise(hosted("a")));
      if (n % 11 === 5) sim.schedule(at(n * 10_000 + 3), () => sim.crash(hosted("b")));
      if (n % 11 === 6) sim.schedule(at(n * 10_000 + 4), () => rise(hosted("b")));
    });
    sim.run(at(HOUR));
    expect(heardBy(stage, "b")).toEqual(words);
  });
});
