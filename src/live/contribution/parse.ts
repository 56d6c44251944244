/** Reads a contribution rule. Every refusal points at a word and says what may stand there. */
import { parseDuration } from "../../kernel/duration.ts";
import { Reader } from "./reader.ts";
import {
  anyTime,
  type Cap,
  type Clause,
  type Processor,
  type Rule,
  usualIdleAfterUs,
  usualNight,
  type When,
} from "./rule.ts";
import { daysOf, spanOf } from "./times.ts";

const starts = ["50%", "2 cores", "all", "never", "max", "night", "idle after"];
const conditions = [
  "when idle",
  "when busy",
  "on battery",
  "at night",
  "by day",
  "on weekdays",
  "between 22:00 and 06:00",
  "always",
];
const capUnits = ["GB", "MB", "% memory", "%", "cores", "slots"];
const mebibytes: Readonly<Record<string, number>> = { mb: 1, mib: 1, gb: 1_024, gib: 1_024 };
const MIB_LEAST = 64;

/** Throws {@link RuleError}. A rule that only limits gives all of an idle machine. */
export function parseRule(text: string): Rule {
  const reader = new Reader(text);
  if (reader.atEnd) reader.fail("is missing", ["for example 50% when idle"]);
  const clauses: Clause[] = [];
  let night: Rule["night"] | undefined;
  let idleAfterUs: number | undefined;
  for (;;) {
    const begin = reader.token;
    if (reader.takes("night")) {
      if (night !== undefined) reader.fail("says a second time when night is", [], begin);
      reader.takes("is");
      night = spanOf(reader);
    } else if (reader.takes("idle")) {
      if (idleAfterUs !== undefined) reader.fail("says a second time what idle is", [], begin);
      idleAfterUs = idleAfter(reader);
    } else {
      clauses.push(clauseOf(reader));
    }
    if (reader.atEnd) break;
    if (!reader.takes(",", ";")) {
      reader.fail("is not known here", [...conditions, "a comma before what comes next"]);
    }
    if (reader.atEnd) reader.fail("follows a comma", starts);
  }
  if (!clauses.some(({ kind }) => kind === "give")) clauses.unshift(allWhenIdle);
  return { clauses, night: night ?? usualNight, idleAfterUs: idleAfterUs ?? usualIdleAfterUs };
}

const allWhenIdle: Clause = {
  kind: "give",
  amount: { value: 100, unit: "percent" },
  when: anyTime,
};

function clauseOf(reader: Reader): Clause {
  reader.takes("give");
  if (reader.takes("never", "nothing")) {
    return { kind: "never", when: whenOf(reader, "never") };
  }
  if (reader.takes("max")) {
    return { kind: "max", cap: capOf(reader), when: whenOf(reader, "max") };
  }
  if (reader.takes("all", "everything")) {
    return { ...allWhenIdle, when: whenOf(reader, "give") };
  }
  if (reader.token.kind !== "number") reader.fail("does not begin a clause", starts);
  const begin = reader.token;
  const value = reader.amount();
  const amount = processorOf(reader, value);
  if (amount === undefined) return reader.fail("has no unit that can be given", ["%", "cores"]);
  if (value === 0) reader.fail("gives nothing", ["never"], begin);
  return { kind: "give", amount, when: whenOf(reader, "give") };
}

function processorOf(reader: Reader, value: number): Processor | undefined {
  const sign = reader.token;
  if (reader.takes("%", "percent")) {
    if (value > 100) reader.fail("follows more than 100: no machine has more", [], sign);
    reader.takes("cpu");
    return { value, unit: "percent" };
  }
  return reader.takes("core", "cores") ? { value, unit: "cores" } : undefined;
}

function capOf(reader: Reader): Cap {
  const begin = reader.token;
  const value = reader.amount();
  const factor = mebibytes[reader.token.text];
  if (factor !== undefined) {
    reader.take();
    takeMemory(reader);
    if (value * factor < MIB_LEAST) {
      reader.fail("is too little memory for any task", [`at least ${MIB_LEAST}MB`], begin);
    }
    return { value: value * factor, unit: "MiB" };
  }
  if (reader.takes("slot", "slots")) {
    if (!Number.isInteger(value)) reader.fail("is no whole number of slots", [], begin);
    return { value, unit: "slots" };
  }
  const cap = processorOf(reader, value);
  if (cap === undefined) return reader.fail("is no unit of a limit", capUnits);
  return cap.unit === "percent" && takeMemory(reader) ? { value, unit: "percent of memory" } : cap;
}

/** "memory", "of memory", "of the memory", "ram". */
function takeMemory(reader: Reader): boolean {
  const began = reader.takes("of");
  if (began) reader.takes("the");
  const takes = reader.takes("memory", "ram");
  if (began && !takes) reader.fail("is not known here", ["memory"]);
  return takes;
}

type Draft = { -readonly [K in keyof When]: When[K] };

function whenOf(reader: Reader, kind: Clause["kind"]): When {
  const when: Draft = { ...anyTime };
  for (;;) {
    const begin = reader.token;
    const timed = when.time !== "any";
    if (reader.takes("always")) when.busy ||= kind === "give";
    else if (reader.takes("even")) even(reader, kind);
    else if (reader.takes("when", "if", "while")) state(reader, kind, when);
    else if (reader.takes("on")) dayOrPower(reader, kind, when);
    else if (reader.takes("at")) when.time = word(reader, "night");
    else if (reader.takes("by")) when.time = word(reader, "day");
    else if (reader.takes("between", "from")) when.time = spanOf(reader);
    else return when;
    if (timed && /^(at|by|between|from)$/.test(begin.text)) {
      reader.fail("says a second time when; make two clauses of it", [], begin);
    }
  }
}

function word<T extends string>(reader: Reader, wanted: T): T {
  if (!reader.takes(wanted)) reader.fail("is not known here", [wanted]);
  return wanted;
}

function even(reader: Reader, kind: Clause["kind"]): void {
  if (kind !== "give") reader.fail(`is about what is given, not about "${kind}"`);
  const follows = reader.token.text;
  if (follows !== "when" && follows !== "on") {
    reader.fail("is not known behind even", ["when busy", "on battery"]);
  }
}

function state(reader: Reader, kind: Clause["kind"], when: Draft): void {
  const begin = reader.token;
  if (reader.takes("idle")) {
    if (kind === "never") reader.fail("would leave only a busy machine", ["never alone"], begin);
    return;
  }
  if (reader.takes("busy")) {
    when.busy = true;
    return;
  }
  if (!reader.takes("load")) reader.fail("is not known here", ["idle", "busy", "load over 25%"]);
  const wanted = kind === "give" ? "under" : "over";
  if (!reader.takes(wanted)) reader.fail("is not known here", [`${wanted} 25%`]);
  const value = reader.number();
  const sign = reader.token;
  if (!reader.takes("%", "percent")) reader.fail("is no unit of load", ["%"]);
  if (value > 100) reader.fail("follows more than 100: no machine has more", [], sign);
  when.load = value;
}

function dayOrPower(reader: Reader, kind: Clause["kind"], when: Draft): void {
  const begin = reader.token;
  if (reader.takes("battery")) {
    when.battery = true;
    return;
  }
  if (reader.takes("mains")) {
    if (kind === "never") reader.fail("would leave only a battery", ["never alone"], begin);
    return;
  }
  if (when.days.length > 0) reader.fail("names days a second time; make two clauses of it");
  when.days = daysOf(reader);
}

function idleAfter(reader: Reader): number {
  if (!reader.takes("after")) reader.fail("is not known here", ["after 3min"]);
  const begin = reader.token;
  const value = reader.number();
  const unit = reader.take().text;
  const us = parseDuration(`${value}${unit}`);
  if (us === undefined || us === 0) reader.fail("is no length of time", ["3min"], begin);
  return us;
}
