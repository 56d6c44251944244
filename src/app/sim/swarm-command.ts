/** `pingo sim swarm`: many drawn networks; the first that fails is shown, shrunk and kept. */
import { availableParallelism } from "node:os";
import { defectNamed } from "../../sim/defects/defects.ts";
import type { Failure } from "../../sim/swarm/judge.ts";
import { caseOf } from "../../sim/swarm/shrink.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, out, print, printJson } from "../terminal/print.ts";
import { Progress, waitText } from "../terminal/progress.ts";
import { numberText } from "../terminal/table.ts";
import { Pool } from "../workers/pool.ts";
import type { SwarmAnswer } from "../workers/task.ts";
import { exitOfFailure, failureText, writeFailure, yamlOf } from "./failure-file.ts";

export interface SwarmFlags {
  readonly runs?: number;
  readonly minutes?: number;
  readonly seed?: number;
  readonly defect?: string;
  readonly workers?: number;
  readonly json?: boolean;
}

const RUNS = 200;
const SHRINK_TRIES = 400;
const SHRINK_SECONDS = 120;
/** Every so many runs, one is run twice. */
const TWICE_EVERY = 20;

export async function swarm(flags: SwarmFlags): Promise<Exit> {
  defectNamed(flags.defect);
  const interrupt = new Interrupt();
  const pool = new Pool(flags.workers ?? availableParallelism());
  const asked = new Promise<undefined>((resolve) => {
    interrupt.onAsk(() => resolve(undefined));
  });
  try {
    const rounds = new Rounds(pool, flags, interrupt);
    await Promise.race([rounds.finished(), asked]);
    rounds.progress.clear();
    const found = rounds.firstFailure();
    if (found === undefined) return passed(rounds, flags, interrupt.asked);
    return (
      (await Promise.race([failed(pool, found, { rounds, flags }), asked])) ?? Exit.interrupted
    );
  } finally {
    pool.close();
  }
}

interface Outcome {
  readonly seed: number;
  readonly answer: SwarmAnswer;
}

/** Starts runs in the order of their seeds until one fails; those before it are finished. */
class Rounds {
  readonly progress = new Progress();
  readonly first: number;
  readonly outcomes: Outcome[] = [];
  private readonly pool: Pool;
  private readonly flags: SwarmFlags;
  private readonly interrupt: Interrupt;
  private readonly startMs = performance.now();
  private next: number;
  private failing = Number.POSITIVE_INFINITY;

  constructor(pool: Pool, flags: SwarmFlags, interrupt: Interrupt) {
    this.pool = pool;
    this.flags = flags;
    this.interrupt = interrupt;
    this.first = flags.seed ?? 1;
    this.next = this.first;
  }

  async finished(): Promise<void> {
    this.progress.follow(() => this.standing());
    const workers = this.flags.workers ?? availableParallelism();
    await Promise.all(Array.from({ length: workers }, () => this.work()));
  }

  get wallMs(): number {
    return performance.now() - this.startMs;
  }

  /** The failure of the lowest seed, whoever was first in time. */
  firstFailure(): Outcome | undefined {
    return this.outcomes
      .filter(({ answer }) => isFailure(answer))
      .reduce<Outcome | undefined>(
        (a, b) => (a === undefined || b.seed < a.seed ? b : a),
        undefined,
      );
  }

  private async work(): Promise<void> {
    for (let seed = this.take(); seed !== undefined; seed = this.take()) {
      const { defect } = this.flags;
      const twice = (seed - this.first) % TWICE_EVERY === 0;
      const answer = await this.pool.ask({
        kind: "swarm",
        seed,
        twice,
        ...(defect === undefined ? {} : { defect }),
      });
      this.outcomes.push({ seed, answer });
      if (isFailure(answer)) this.failing = Math.min(this.failing, seed);
    }
  }

  /** The next seed; undefined when enough were started, or a lower one failed. */
  private take(): number | undefined {
    const { minutes, runs } = this.flags;
    const started = this.next - this.first;
    const most = runs ?? (minutes === undefined ? RUNS : Number.POSITIVE_INFINITY);
    const late = minutes !== undefined && this.wallMs > minutes * 60_000;
    if (started >= most || late || this.next > this.failing || this.interrupt.asked) {
      return undefined;
    }
    this.next += 1;
    return this.next - 1;
  }

  private standing(): string {
    const done = this.outcomes.length;
    const most = this.flags.runs ?? (this.flags.minutes === undefined ? RUNS : undefined);
    if (done === 0) return `0 of ${most ?? "many"} runs`;
    const rate = `${((done / this.wallMs) * 1_000).toFixed(1)} runs/s`;
    if (most === undefined) return `${done} runs, ${rate}`;
    const left = waitText((this.wallMs * (most - done)) / done);
    return `${done} of ${most} runs, ${rate}, ${left} left`;
  }
}

function isFailure({ failure, again, hash }: SwarmAnswer): boolean {
  return failure !== null || (again !== null && again !== hash);
}

function passed(rounds: Rounds, flags: SwarmFlags, interrupted: boolean): Exit {
  const { outcomes, wallMs, first } = rounds;
  const events = outcomes.reduce((sum, { answer }) => sum + answer.events, 0);
  const runs = outcomes.length;
  const exit = interrupted ? Exit.interrupted : Exit.fine;
  if (flags.json === true) {
    const stopped = interrupted ? { interrupted } : {};
    const verdict = runs === 0 ? "unknown" : "pass";
    printJson({ runs, firstSeed: first, events, ...stopped, verdict });
  } else if (runs === 0) print(out.yellow("stopped before a run was over"));
  else {
    const range = `seeds ${first} to ${first + runs - 1}`;
    const facts = `${numberText(events)} events in ${waitText(wallMs)}`;
    const verdict = interrupted ? out.yellow("stopped, no failure so far") : out.green("pass");
    print(`${verdict}: ${runs} runs, ${range}, ${facts}`);
  }
  return exit;
}

interface Context {
  readonly rounds: Rounds;
  readonly flags: SwarmFlags;
}

async function failed(pool: Pool, { seed, answer }: Outcome, context: Context): Promise<Exit> {
  const { flags, rounds } = context;
  const { defect, json } = flags;
  const say = json === true ? () => undefined : print;
  const drawn = caseOf(seed);
  const runs = seed - rounds.first + 1;
  say(`run ${runs} failed, seed ${seed}; it drew`);
  say();
  say(yamlOf(drawn.scenario).trimEnd());
  say();
  if (answer.failure === null) throw notDeterministic(seed);
  say(out.red(failureText(answer.failure)));
  note("shrinking …");
  const { shrunk } = await pool.ask({
    kind: "shrink",
    seed,
    tries: SHRINK_TRIES,
    seconds: SHRINK_SECONDS,
    ...(defect === undefined ? {} : { defect }),
  });
  const failure: Failure = shrunk?.failure ?? answer.failure;
  const path = writeFailure(seed, shrunk?.case ?? drawn, { failure, defect });
  const replay = `npx pingo sim replay ${path}`;
  if (json === true) {
    const shown = { seed, runs, failure, drawn: drawn.scenario, shrunk: shrunk?.case.scenario };
    printJson({ ...shown, tries: shrunk?.tries ?? 0, file: path, replay, verdict: "fail" });
  } else {
    print(`shrunk in ${shrunk?.tries ?? 0} runs to`);
    print();
    print(yamlOf(shrunk?.case.scenario ?? drawn.scenario).trimEnd());
    print();
    print(out.red(failureText(failure)));
    print(out.bold(replay));
  }
  return exitOfFailure(failure);
}

function notDeterministic(seed: number): CommandError {
  return new CommandError(
    `the network of seed ${seed} ran twice and gave two hashes; look for what a run depends on ` +
      "besides its scenario and seed",
    { exit: Exit.notDeterministic, code: "not-deterministic" },
  );
}
