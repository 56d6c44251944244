/**
 * A network in a process of its own, on real files, with scripted work: it is there to be killed.
 * It hands in what it has not handed in before and says on stdout, a line each, what became of it.
 */
import { demandsView } from "../../src/app/live/views/demands.ts";
import { jobsView } from "../../src/app/live/views/jobs.ts";
import { ledgerOf } from "./books.ts";
import { demandOf, openSmall, placeOf, submit, until, YOU } from "./small-network.ts";

const [folder = "", count = "0"] = process.argv.slice(2);
const demands = Number(count);

const say = (what: string, more: object = {}) =>
  process.stdout.write(`${JSON.stringify({ what, ...more })}\n`);

const network = await openSmall({
  folder,
  msOf: (mflop) => Math.min(mflop, 60),
  parts: { settings: { snapshotRecords: 400 } },
});
say("up");
await until(() => placeOf(network, YOU) === "active", "a member");
for (let demand = 1; demand <= demands; demand++) {
  if (demandOf(network, YOU, demand) === undefined) {
    await submit(network, demand, [20, 40, 60], [`a${demand}`, `b${demand}`, `c${demand}`]);
  }
  say("accepted", { demand });
}
const isAnswered = () => {
  const [view] = network.views(demandsView);
  return [...(view?.byKey.values() ?? [])].filter(({ answer }) => answer).length === demands;
};
// longer than a lease and its grace: what a killed machine held may have to run out first
await until(isAnswered, "all answers", 150_000);

const { books } = ledgerOf(network);
let held = 0n;
for (const [, { balance, uncleared }] of books.accounts.entries()) held += balance + uncleared;
for (const [, { left }] of books.escrows.entries()) held += left;
const [jobs] = network.views(jobsView);
const own = [...(jobs?.byAddress.values() ?? [])].filter(({ commons }) => !commons);
say("done", {
  held: `${held}`,
  made: `${books.totals.minted - books.totals.burned}`,
  spent: `${books.accounts.get(YOU)?.spent}`,
  paid: `${own.reduce((sum, { spent }) => sum + spent, 0n)}`,
  jobs: own.map(({ demand, state, accepted }) => ({ demand, state, accepted: accepted.size })),
});
await network.close();
