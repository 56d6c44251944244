/** What is saved is written down while later deliveries are folded, so it must be a copy. */
import { expect, test } from "vitest";
import { toText } from "../../../live/tagged-json.ts";
import type { AnyView } from "../../../live/view.ts";
import { contributorsView } from "./contributors.ts";
import { demandsView } from "./demands.ts";
import { jobsView } from "./jobs.ts";
import { nodesView } from "./nodes.ts";
import { trainingsView } from "./trainings.ts";

const attempt = { task: 0, node: "node/n1", offeredUs: 1, startedUs: 2, endedUs: 0, outcome: "" };
const examples: ReadonlyArray<readonly [AnyView, unknown]> = [
  [
    contributorsView,
    {
      contributors: [{ contributor: "contributor/you", openedUs: 1, lines: [] }],
      escrows: [["job/e0.you.1", { requester: "contributor/you", commons: false, left: 5n }]],
    },
  ],
  [demandsView, { demands: [{ contributor: "contributor/you", demand: 1, spent: 0n }] }],
  [
    jobsView,
    [
      {
        job: "job/e0.you.1",
        requester: "contributor/you",
        demand: 1,
        state: "running",
        accepted: [[0, { digest: "d", atUs: 1, paid: 2n }]],
        attempts: [["job/e0.you.1.0.1", attempt]],
      },
    ],
  ],
  [nodesView, [{ node: "node/n1", presence: "here", open: ["job/e0.you.1.0.1"], done: 0 }]],
  [
    trainingsView,
    [{ training: "training/e0.you.2", round: 1, byRound: [{ nodes: ["node/n1"], atUs: 1 }] }],
  ],
];

/** Everything that a view holds, changed in place as a fold may do it. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const item of value instanceof Map ? value.values() : Object.values(value)) spoil(item);
  if (Array.isArray(value)) value.push("later");
  else if (value instanceof Map || value instanceof Set) value.clear();
  else Object.assign(value, { later: true });
}

test.each(examples)("what $name saves stays as it was", (view, saved) => {
  const full = { highest: [], ...(saved as object) };
  const loaded = view.load(Array.isArray(saved) ? saved : full);
  const kept = view.save(loaded);
  const before = toText(kept);
  spoil(loaded);
  expect(toText(kept)).toBe(before);
});
