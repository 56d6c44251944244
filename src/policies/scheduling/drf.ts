/**
 * Dominant resource fairness (Ghodsi et al., NSDI 2011): a requester's share is what it holds of
 * the resource that it holds most of, max over j of u_j / R_j; the smallest share goes next. Fair
 * at each instant, without memory of what was had or given before. At the edge the resources are
 * slots and the memory that belongs to slots; what runs for a requester now is what it holds.
 */
import { Schema } from "effect";
import { SLOT_MIB } from "../../kernel/credit.ts";
import { lanePolicy } from "./lane-rule.ts";

const Held = Schema.Struct({ slots: Schema.Int, memoryMib: Schema.Int });

/** Slots' worth of the resource that it holds most of, in MiB. */
function dominant({ slots, memoryMib }: typeof Held.Type): number {
  return Math.max(slots * SLOT_MIB, memoryMib);
}

export const drf = lanePolicy<object, typeof Held.Type>({
  name: "drf",
  summary: "The requester that holds least of the resource it holds most of: DRF.",
  admission: "open",
  Params: Schema.Struct({}),
  Account: Held,
  fresh: () => ({ slots: 0, memoryMib: 0 }),
  charge: ({ slots, memoryMib }, work) => ({
    slots: slots + 1,
    memoryMib: memoryMib + work.memoryMib,
  }),
  release: ({ slots, memoryMib }, ended) => ({
    slots: slots - 1,
    memoryMib: memoryMib - ended.memoryMib,
  }),
  rank: (held) => BigInt(dominant(held)),
  words: ({ slots, memoryMib }) => `holds ${slots} slots and ${memoryMib} MiB`,
});

export interface Wants {
  /** What one task needs of each resource. */
  readonly task: ReadonlyArray<number>;
  readonly weight?: number;
}

const usedBy = (tasks: number, { task }: Wants, resource: number) =>
  tasks * (task[resource] as number);

/** Progressive filling with whole tasks: the smallest share next, while its task fits. */
export function fillTasks(
  capacity: ReadonlyArray<number>,
  users: ReadonlyArray<Wants>,
): ReadonlyArray<number> {
  const tasks = users.map(() => 0);
  const blocked = new Set<number>();
  while (blocked.size < users.length) {
    let next = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [n, user] of users.entries()) {
      const share = (tasks[n] as number) * perTask(capacity, user);
      if (blocked.has(n) || share >= least) continue;
      next = n;
      least = share;
    }
    const wanted = users[next] as Wants;
    const fits = capacity.every((most, resource) => {
      const used = users.reduce(
        (sum, user, n) => sum + usedBy(tasks[n] as number, user, resource),
        0,
      );
      return used + (wanted.task[resource] as number) <= most;
    });
    if (fits) tasks[next] = (tasks[next] as number) + 1;
    else blocked.add(next);
  }
  return tasks;
}

/** The fluid form, all always wanting more: equal weighted shares until a resource is full. */
export function equalShares(
  capacity: ReadonlyArray<number>,
  users: ReadonlyArray<Wants>,
): ReadonlyArray<number> {
  const pace = users.map((user) => 1 / perTask(capacity, user));
  const share = Math.min(
    ...capacity.map((most, resource) => {
      const needed = users.reduce(
        (sum, user, n) => sum + usedBy(pace[n] as number, user, resource),
        0,
      );
      return needed > 0 ? most / needed : Number.POSITIVE_INFINITY;
    }),
  );
  return pace.map((each) => each * share);
}

/** Weighted dominant share of one task. */
function perTask(capacity: ReadonlyArray<number>, { task, weight = 1 }: Wants): number {
  return (
    Math.max(...task.map((needs, resource) => needs / (capacity[resource] as number))) / weight
  );
}
