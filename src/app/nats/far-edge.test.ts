/** A gateway asks an edge in another process: one that is gone is not waited for each time. */
import { afterEach, expect, test } from "vitest";
import { address } from "../../kernel/address.ts";
import { InProcessBus } from "../../live/in-process-bus.ts";
import { answerGateways, FarEdge } from "./far-edge.ts";

const nothing = () => Promise.resolve(undefined);
const answers = {
  job: async (name: string) => ({ name, state: "settled" }),
  tasks: nothing,
  log: nothing,
  nodes: nothing,
  metrics: nothing,
  requester: nothing,
};
const silence = () => ({ stop: () => {} });

const bus = new InProcessBus();
afterEach(() => bus.close());

test("Far edge: silent, it is asked once a question; heard again, as before", async () => {
  let asked = 0;
  const heard = await bus.listen("edge.ask", () => void asked++);
  const far = await FarEdge.on(bus, "e0");
  expect(await far.ask("job", "you.1")).toBeUndefined();
  expect(asked).toBe(2);
  expect(await far.ask("job", "you.1")).toBeUndefined();
  expect(asked).toBe(3);
  const answering = await answerGateways(bus, answers, silence);
  await expect
    .poll(() => far.ask("job", "you.1"), { timeout: 30_000 })
    .toEqual({ name: "you.1", state: "settled" });
  await answering.stop();
  asked = 0;
  expect(await far.ask("job", "you.1")).toBeUndefined();
  expect(asked).toBe(2);
  await far.close();
  await heard.stop();
}, 60_000);

test("Far edge: what was missed while it was silent is told of once it answers", async () => {
  const name = { contributor: address("contributor", "you"), demand: 1 };
  const told: unknown[] = [];
  const far = await FarEdge.on(bus, "e0");
  far.onJob((each) => void told.push(each));
  expect(await far.answerTo("job", name)).toBeUndefined();
  far.miss(name);
  far.miss(name);
  const answering = await answerGateways(bus, { ...answers, job: nothing }, silence);
  await expect.poll(() => told, { timeout: 30_000 }).toEqual([name]);
  expect(await far.answerTo("job", name)).toBeNull();
  await answering.stop();
  await far.close();
}, 60_000);
