/** Contribution rules: read, printed, judged at a moment, and over a week with summer time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contributionAt } from "./evaluate.ts";
import { type MachineSize, type Moment, wallClock } from "./moment.ts";
import { parseRule } from "./parse.ts";
import { printRule } from "./print.ts";
import { anyClause, anyMachine, anyMoment, anyRule } from "./rule.arbitrary.ts";
import { defaultRule, isDedicated, type Rule } from "./rule.ts";
import { RuleError } from "./tokens.ts";
import { previewOf } from "./week.ts";

const machine: MachineSize = { cores: 8, memoryMib: 16_384 };
const noon: Moment = { time: { day: 2, minute: 12 * 60 }, owner: "idle", power: "mains", load: 0 };
const at = (day: number, hour: number, minute = 0) => ({
  time: { day, minute: hour * 60 + minute },
});
const given = (rule: string, change: Partial<Moment> = {}) =>
  contributionAt(parseRule(rule), { ...noon, ...change }, machine);

function errorOf(rule: string): RuleError {
  try {
    parseRule(rule);
  } catch (error) {
    if (error instanceof RuleError) return error;
    throw error;
  }
  throw new Error(`${rule} was read`);
}

describe("Rule: read", () => {
  test("the line of the manual", () => {
    const rule = "50% when idle, 100% at night, never on battery, max 4GB";
    expect(printRule(parseRule(rule))).toBe(
      "50% when idle, 100% when idle at night, never on battery, max 4GB",
    );
  });

  test.each([
    ["never on battery", "100% when idle, never on battery"],
    ["ALL when Idle", "100% when idle"],
    ["10% always; 2 cores on weekends", "10% even when busy, 2 cores when idle on weekends"],
    [
      "50% from 9:00 to 17:30 on mon-wed and sunday",
      "50% when idle between 09:00 and 17:30 on mon and tue and wed and sun",
    ],
    ["30% on sat-mon", "30% when idle on mon and sat and sun"],
    ["max 4 GB of RAM, night is 23:00 to 05:30", "100% when idle, max 4GB, night 23:00-05:30"],
    ["give 1 core even when busy even on battery", "1 core even when busy even on battery"],
    [
      "50% if load under 20%, idle after 90s",
      "50% when idle when load under 20%, idle after 1.5min",
    ],
    ["never, max 512mb", "100% when idle, never, max 512MB"],
  ])("%j means %j", (text, printed) => {
    expect(printRule(parseRule(text))).toBe(printed);
  });

  test("what is printed is read as the same rule", () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        expect(parseRule(printRule(rule))).toEqual(rule);
      }),
    );
  });

  test("any text is read or refused at a place within it", () => {
    const words = "50 % 2 cores never max when idle busy on battery night at , 22:00 and GB x";
    const line = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words.split(" "))).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(line, (text) => {
        try {
          expect(parseRule(text).clauses.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
          expect((error as RuleError).at).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });
});

describe("Rule: refused", () => {
  test.each([
    ["", 0, "it ends too early; write for example 50% when idle"],
    ["50% when idle,", 14, "it ends too early"],
    ["max 4", 5, "it ends too early; write GB, MB, % memory, %, cores or slots"],
    ["50% wen idle", 4, '"wen" (column 5) is not known here; write when idle'],
    ["50% when asleep", 9, '"asleep" (column 10) is not known here; write idle, busy or load'],
    ["120% when idle", 3, '"%" (column 4) follows more than 100'],
    ["0%", 0, '"0" (column 1) gives nothing; write never'],
    ["50% on caturday", 7, '"caturday" (column 8) is not known here; write weekdays'],
    ["50% between 25:00 and 26:00", 12, '"25:00" (column 13) is no time of day'],
    ["50% between 06:00 and 6:00", 12, "are the same; for a whole day leave both out"],
    ["50% at night by day", 13, "says a second time when; make two clauses of it"],
    ["50% on mon on tue", 14, "names days a second time"],
    ["never when idle", 11, "would leave only a busy machine; write never alone"],
    ["max 10MB", 4, '"10" (column 5) is too little memory for any task; write at least 64MB'],
    ["max 1.5 slots", 4, "is no whole number of slots"],
    ["99999999 cores", 0, "is more than any machine has"],
    ["night 1:00-2:00, night 2:00-3:00", 17, "says a second time when night is"],
    ["5 parrots", 2, '"parrots" (column 3) has no unit that can be given; write % or cores'],
    ["50% 🙂", 4, '"🙂" (column 5) is not known here'],
  ])("%j at %d", (rule, column, sentence) => {
    const error = errorOf(rule);
    expect(error.message).toContain(sentence);
    expect(error.at).toBe(column);
  });
});

describe("Rule: judged", () => {
  test("the most that a clause gives, and the clause that did", () => {
    const rule = "50% when idle, 100% at night, never on battery, max 4GB";
    expect(given(rule)).toEqual({
      cpuShare: 0.5,
      slots: 4,
      slotShare: 1,
      memoryMib: 4_096,
      reason: "given",
      why: '"50% when idle"',
    });
    expect(given(rule, at(2, 23))).toMatchObject({ cpuShare: 1, why: '"100% when idle at night"' });
    expect(given(rule, at(3, 6, 59))).toMatchObject({ cpuShare: 1 });
    expect(given(rule, at(3, 7))).toMatchObject({ cpuShare: 0.5 });
  });

  test("a person at the machine goes before everything that does not say otherwise", () => {
    const busy = { owner: "busy" } as const;
    expect(given("100% at night", { ...busy, ...at(2, 23) })).toMatchObject({
      cpuShare: 0,
      reason: "user active",
    });
    expect(given("10% always", busy)).toMatchObject({ cpuShare: 0.1, slots: 1, slotShare: 0.8 });
    expect(given("50%", { owner: "unknown" })).toMatchObject({
      reason: "user active",
      why: "whether somebody uses the machine is not known",
    });
  });

  test("battery, others' load, hours and never have names of their own", () => {
    expect(given("all", { power: "battery" })).toMatchObject({ reason: "on battery" });
    expect(given("all even on battery", { power: "battery" })).toMatchObject({ cpuShare: 1 });
    expect(given("never on battery", { power: "unknown" })).toMatchObject({
      reason: "on battery",
      why: '"never on battery": the power supply is not known',
    });
    expect(given(defaultRule, { load: 0.3 })).toMatchObject({ reason: "busy by others" });
    expect(given(defaultRule, { load: 0.25 })).toMatchObject({ reason: "given", cpuShare: 1 });
    expect(given("all at night")).toMatchObject({ cpuShare: 0, reason: "outside hours" });
    expect(given("all, never by day")).toMatchObject({ cpuShare: 0, reason: "outside hours" });
    expect(given("all, never")).toMatchObject({ cpuShare: 0, reason: "rule" });
    expect(given("all, max 0 slots")).toMatchObject({ cpuShare: 0, reason: "rule" });
  });

  test("a night of a weekday goes on into Saturday, and Monday's begins on Monday", () => {
    const rule = "100% at night on weekdays";
    const gives = (day: number, hour: number) => given(rule, at(day, hour)).cpuShare === 1;
    expect([gives(4, 23), gives(5, 3), gives(5, 23), gives(0, 3), gives(0, 23)]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  test("slots: whole cores first, the rest spread over all of them", () => {
    expect(given("30%")).toMatchObject({ slots: 3, slotShare: expect.closeTo(0.8) });
    expect(given("100%, max 2 slots")).toMatchObject({ slots: 2, slotShare: 1, cpuShare: 0.25 });
    expect(given("100%, max 1.5 cores")).toMatchObject({ slots: 2, slotShare: 0.75 });
    expect(given("20 cores")).toMatchObject({ slots: 8, slotShare: 1 });
  });

  test("memory: the least of all limits that hold, kept while nothing is given", () => {
    expect(given(defaultRule)).toMatchObject({ memoryMib: 14_745 });
    expect(given(defaultRule, { owner: "busy" })).toMatchObject({ cpuShare: 0, memoryMib: 8_192 });
  });

  test("is total and keeps within the machine, whatever the rule and the moment", () => {
    fc.assert(
      fc.property(anyRule, anyMoment, anyMachine, (rule, moment, size) => {
        const { cpuShare, slots, slotShare, memoryMib, reason } = contributionAt(
          rule,
          moment,
          size,
        );
        expect(cpuShare).toBeGreaterThanOrEqual(0);
        expect(cpuShare).toBeLessThanOrEqual(1 + 1e-9);
        expect(slots).toBeLessThanOrEqual(size.cores);
        expect(slotShare).toBeLessThanOrEqual(1);
        expect(memoryMib).toBeLessThanOrEqual(size.memoryMib);
        expect(reason === "given").toBe(cpuShare > 0);
        expect(slots > 0).toBe(cpuShare > 0);
        expect(cpuShare).toBeCloseTo((slots * slotShare) / size.cores, 9);
      }),
    );
  });

  test("needs of the owner never raise what is given", () => {
    const kinder = (moment: Moment): ReadonlyArray<Moment> => [
      { ...moment, owner: "idle" },
      { ...moment, power: "mains" },
      { ...moment, load: (moment.load ?? 1) / 2 },
    ];
    fc.assert(
      fc.property(anyRule, anyMoment, anyMachine, (rule, moment, size) => {
        const worse = contributionAt(rule, moment, size);
        for (const better of kinder(moment)) {
          const more = contributionAt(rule, better, size);
          expect(more.cpuShare).toBeGreaterThanOrEqual(worse.cpuShare - 1e-9);
          expect(more.memoryMib).toBeGreaterThanOrEqual(worse.memoryMib);
        }
      }),
    );
  });

  test("a further clause moves one way, and the order of clauses none", () => {
    fc.assert(
      fc.property(anyRule, anyClause, anyMoment, (rule, clause, moment) => {
        const judge = (clauses: Rule["clauses"]) =>
          contributionAt({ ...rule, clauses }, moment, machine).cpuShare;
        const before = judge(rule.clauses);
        const after = judge([...rule.clauses, clause]);
        if (clause.kind === "give") expect(after).toBeGreaterThanOrEqual(before - 1e-9);
        else expect(after).toBeLessThanOrEqual(before + 1e-9);
        expect(judge([clause, ...rule.clauses.toReversed()])).toBe(after);
      }),
    );
  });
});

describe("Rule: a machine of nobody else's", () => {
  test.each(["100%", "all always", "100% even when busy, max 4GB"])("%s: is dedicated", (text) => {
    expect(isDedicated(parseRule(text))).toBe(true);
  });

  test.each([
    defaultRule,
    "50% always",
    "100% at night",
    "100% on weekends",
    "100% when load under 30%",
    "100%, never on battery",
    "2 cores",
  ])("%s: is somebody's", (text) => {
    expect(isDedicated(parseRule(text))).toBe(false);
  });
});

describe("Rule: over a week", () => {
  const zone = "Europe/Berlin";
  const preview = (rule: string, from: string) =>
    previewOf(parseRule(rule), { fromMs: Date.parse(from), machine, zone });

  test("a week has 168 hours, and the wall shows them", () => {
    const { hours, coreHours, now } = preview("50%, 100% at night", "2026-11-23T10:20:00Z");
    expect(hours).toHaveLength(168);
    expect(hours[0]).toMatchObject({
      startsMs: Date.parse("2026-11-23T10:00:00Z"),
      day: 0,
      minute: 11 * 60,
      given: { idle: 0.5, busy: 0, battery: 0 },
    });
    expect(coreHours.idle).toBeCloseTo(7 * (9 * 8 + 15 * 4), 6);
    expect(now.busy.reason).toBe("user active");
  });

  test("an hour in which the rule changes counts for the part that is given", () => {
    const { hours } = preview("100% between 22:15 and 22:45", "2026-11-23T00:00:00Z");
    expect(hours.filter(({ given: { idle } }) => idle > 0)).toHaveLength(7);
    expect(hours.find(({ minute }) => minute === 22 * 60)?.given.idle).toBeCloseTo(0.5, 9);
  });

  test.each([
    ["in spring the night has an hour less", "2026-03-28T12:00:00Z", 8],
    ["in autumn it has one more", "2026-10-24T12:00:00Z", 10],
  ])("summer time: %s", (_, from, length) => {
    const { hours } = preview("100% at night", from);
    const first = hours.slice(0, 24).filter(({ given: { idle } }) => idle > 0);
    expect(first).toHaveLength(length);
    expect([first[0]?.minute, first.at(-1)?.minute]).toEqual([22 * 60, 6 * 60]);
  });

  test("a zone that is half an hour off begins at its own full hour", () => {
    const clock = wallClock("Asia/Kolkata");
    const from = Date.parse("2026-11-23T10:10:00Z");
    const { hours } = previewOf(parseRule("50%"), { fromMs: from, machine, zone: "Asia/Kolkata" });
    expect(clock(hours[0]?.startsMs ?? 0)).toEqual({ day: 0, minute: 15 * 60 });
    expect(() => wallClock("Mars/Olympus")).toThrow(RangeError);
  });
});
