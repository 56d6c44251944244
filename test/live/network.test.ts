/** A live network of one process, from an empty folder to a settled job and back again. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { jobsView } from "../../src/app/live/views/jobs.ts";
import {
  demandOf,
  openSmall,
  placeOf,
  removeFolder,
  scratchFolder,
  submit,
  until,
  YOU,
} from "./small-network.ts";

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(() => removeFolder(folder));

test("a newcomer works for the commons, is admitted, hands in a job, which is settled", async () => {
  const network = await openSmall({ folder, log: (e) => console.log(e) });
  try {
    await until(
      () => placeOf(network, YOU) === "contributor" || placeOf(network, YOU) === "active",
      "active",
    );
    await submit(network, 1, [100, 200, 300]);
    const demand = await until(() => {
      const found = demandOf(network, YOU, 1);
      return found?.answer === undefined ? undefined : found;
    }, "an answer");
    expect(demand).toMatchObject({ answer: "settled", reason: "" });
    const [jobs] = network.views(jobsView);
    console.log([...(jobs?.byDemand.values() ?? [])]);
    for (const h of network.hosts.values()) console.log(h.shard, h.counters, h.queues);
  } finally {
    await network.close();
  }
});
