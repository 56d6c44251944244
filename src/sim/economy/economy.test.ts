import { Schema } from "effect";
import { expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { nanoVcu } from "../../kernel/credit.ts";
import { DAY } from "../../kernel/duration.ts";
import { nanoPingo } from "../../kernel/policies/rewards.ts";
import { EmissionParams, emission } from "../../policies/rewards/emission.ts";
import { lockedIn, missingIn } from "./books.ts";
import { EconomyScenario } from "./config.ts";
import { Future } from "./future.ts";
import { isEconomy, loadEconomy } from "./load.ts";
import { Market } from "./market.ts";
import { livedOf, outcomeOf } from "./outcome.ts";
import { renderEconomy } from "./page.ts";
import { brokenPromises, WASH_BOUND, washOf } from "./promises.ts";

const rough = {
  kind: "economy",
  name: "rough",
  until: "720d",
  futures: 3,
  rewards: { epochUs: "30d" },
  compute: [
    { kind: "farmer", vcuPerHour: 800, sells: 1, usdPerVcu: 0.005, follows: 0.05 },
    { kind: "holder", vcuPerHour: 900, sells: 0, usdPerVcu: 0.004, creditUsd: 0.005 },
  ],
  treasury: { opensPingo: 1_000 },
  shocks: [
    { at: "200d", what: "price", factor: 0.1 },
    { at: "300d", what: "demand", factor: 0.01 },
    { at: "400d", what: "capacity", factor: 10, group: "farmer" },
    { at: "500d", what: "price", factor: 9 },
  ],
} as const;
const scenarioWith = (change: object = {}) =>
  Schema.decodeUnknownSync(EconomyScenario)({ ...rough, ...change });
function lived(change: object = {}, seed = 1): Future {
  const future = new Future(scenarioWith(change), seed);
  while (future.advance());
  return future;
}

test("Economy: shocks of every kind: all promises are kept, to the nano-unit", () => {
  for (const seed of [1, 2, 3]) {
    const future = lived({}, seed);
    expect(future.points).toHaveLength(24);
    expect(future.broken).toEqual([]);
    expect(future.books.burned).toBeGreaterThan(0n);
  }
});

test("Economy: the same seed is the same future, another is another", () => {
  const [first, again, other] = [lived(), lived(), lived({}, 2)];
  expect(again.points).toEqual(first.points);
  expect(other.points).not.toEqual(first.points);
});

test("Economy: nobody works: nothing is issued and nothing breaks", () => {
  const future = lived({ demand: { vcuPerHour: 1e-12, volatility: 0 } });
  expect(future.points.at(-1)).toMatchObject({ issued: 0, float: 0, burned: 0 });
  expect(future.broken).toEqual([]);
});

test("Economy: a price shock brings the price where it says, when there are sellers enough", () => {
  const calm = { shocks: [], speculators: { usd: 0 }, demand: { paid: 0 }, until: "420d" };
  const fall = { at: "390d", what: "price", factor: 0.5 };
  const before = lived(calm).points.at(-1)?.marketRatio ?? 0;
  const after = lived({ ...calm, shocks: [fall] }).points.at(-1)?.marketRatio ?? 0;
  expect(before).toBeGreaterThan(0);
  // the epoch's own sales come after it, in both
  expect(after / before).toBeGreaterThan(0.4);
  expect(after / before).toBeLessThan(0.75);
});

test("Economy: team and investors have nothing free before the cliff", () => {
  const before = lived({ until: "360d", speculators: { usd: 0 } });
  expect(before.books.of("team")).toBe(0n);
  expect(before.state.issued.team).toBeGreaterThan(0n);
  expect(lived({ until: "420d" }).books.released.team).toBeGreaterThan(0n);
});

test("Books: a nano-PINGO too many or too few is found", () => {
  const future = lived({ until: "90d" });
  const classOf = new Map<ReturnType<typeof address>, string>();
  const found = () =>
    missingIn(future.books, future.state, lockedIn(future.books, future.state, classOf));
  expect(found()).toEqual([]);
  future.books.put("treasury", 1n);
  expect(found()).toHaveLength(1);
  future.books.put("treasury", -2n);
  expect(found()).toHaveLength(1);
  expect(() => future.books.put("team", -1n - future.books.of("team"))).toThrow("would hold -1");
});

test("Market: trading to and fro never makes anything", () => {
  const market = new Market();
  market.add(1_000_003n, 777n);
  for (const amount of [1n, 5n, 999n, 123_456n]) {
    const micros = market.sell(amount);
    expect(market.buy(micros)).toBeLessThanOrEqual(amount);
    expect(market.pingo * market.micros).toBeGreaterThanOrEqual(1_000_003n * 777n);
  }
  expect(new Market().sell(5n)).toBe(0n);
});

const params = Schema.decodeSync(EmissionParams)({});
const start = emission.init(params, 0);
const did = {
  worked: nanoVcu(9n * 10n ** 12n),
  carried: nanoVcu(0n),
  used: nanoVcu(9n * 10n ** 12n),
};
const sound = emission.close(
  params,
  emission.note(start, [[address("contributor", "a"), did]]),
  DAY,
);
const calm = { ratio: 1, profit: -0.1 };

test.each([
  ["team and investors have more", { issued: { ...sound.issued, team: sound.issued.compute } }],
  [
    "the epoch gave more than the schedule",
    { posted: sound.posted && { ...sound.posted, scheduled: nanoPingo(1n) } },
  ],
  ["issued without work", { posted: sound.posted && { ...sound.posted, worked: nanoVcu(0n) } }],
  ["the clock was turned back", { sinceUs: 0, baselined: nanoVcu(0n) }],
])("Promises: broken ones are found: %s", (_story, planted) => {
  expect(brokenPromises(params, sound, calm)).toEqual([]);
  expect(brokenPromises(params, { ...sound, ...planted }, calm)).not.toEqual([]);
});

/** A day in which a fifth of what counts is bytes, so little that the cap per VCU binds. */
const small = { worked: nanoVcu(10n ** 12n), carried: nanoVcu(0n), used: nanoVcu(10n ** 12n) };
const bytes = { worked: nanoVcu(0n), carried: nanoVcu(2n * 10n ** 11n), used: nanoVcu(0n) };

test.each([
  ["without bytes", [], 1],
  ["with bytes, which raise the cap for all", [bytes], 1.2],
])("Promises: self-dealing loses at the bound and gains beyond it, %s", (_story, more, counted) => {
  const dids = [small, ...more].map((each, n) => [address("contributor", n), each] as const);
  const { posted } = emission.close(params, emission.note(start, dids), DAY);
  if (posted === null) throw new Error("an epoch was closed");
  const usdPerVcu = 0.01;
  const at = (price: number) => {
    const usd = (price * usdPerVcu) / params.pingoPerVcu;
    return washOf(posted, small.used, { usd, usdPerVcu, pingoPerVcu: params.pingoPerVcu });
  };
  const bound = WASH_BOUND / counted;
  expect(at(bound).profit).toBeLessThan(0);
  expect(at(bound).ratio).toBeCloseTo(WASH_BOUND, 9);
  expect(at(bound * 1.01).profit).toBeGreaterThan(0);
});

test("Promises: a gain beyond the bound is none of the rule's promises", () => {
  expect(brokenPromises(params, sound, { ratio: 1.8, profit: 0.01 })).toHaveLength(1);
  expect(brokenPromises(params, sound, { ratio: 1.9, profit: 0.01 })).toEqual([]);
});

test("Outcome: ranges of all futures, in order, and a page that shows them", () => {
  const scenario = scenarioWith();
  const outcome = outcomeOf(scenario, 1, [...livedOf(scenario, 1)]);
  expect(outcome).toMatchObject({ futures: 3, epochs: 72, verdict: "pass" });
  for (const { low, middle, high } of Object.values(outcome.metrics)) {
    expect(low <= middle && middle <= high).toBe(true);
  }
  const page = renderEconomy(outcome, "npx pingo sim run mine.yaml", () => "digest");
  expect(page).toContain("Allocation: issued in all, by class");
  expect(page).not.toMatch(/NaN|undefined/);
  const bad = { ...outcome, broken: [{ seed: 2, atUs: DAY, message: "<b> is missing" }] };
  expect(renderEconomy(bad, "", () => "digest")).toContain("&lt;b&gt; is missing");
});

const file = (lines: string) => ({
  file: "x.yaml",
  text: `kind: economy
name: x
until: 60d
compute: [{ kind: a, vcuPerHour: 1, sells: 1, usdPerVcu: 1 }]
${lines}`,
});

test.each([
  ["futures: 0", "futures must be"],
  ["rewards: { epochUs: 61d }", "until must be at least one epoch"],
  ["rewards: { epochUs: 1s }", "take fewer futures or longer epochs"],
  [
    "shocks: [{ at: 1d, what: capacity, factor: 2, group: b }]",
    "a shock hits the group b; there are a",
  ],
  ["comput: 3", "comput"],
])("Economy: bad input %j is told in a sentence", (line, sentence) => {
  expect(() => loadEconomy(file(line))).toThrow(sentence);
});

test("Economy: files say what they are", () => {
  expect(isEconomy(file("").text)).toBe(true);
  expect(isEconomy("name: steady\nuntil: 24h\n")).toBe(false);
  expect(loadEconomy(file("")).futures).toBe(40);
});
