/** Which job a delivery is about: every actor names it in its own way. */
import { type Address, idOf, kindOf } from "../../kernel/address.ts";
import type { Seen } from "../../live/view.ts";

/** Id of the job, such as "e0.4"; undefined for what is about none. */
export function jobOf({ actor, delivery, step }: Seen): string | undefined {
  if (kindOf(actor) === "job") return idOf(actor);
  if (kindOf(delivery.from) === "job") return idOf(delivery.from);
  const { job, task, attempt } = delivery.message as Naming;
  if (typeof job === "string" && job.startsWith("job/")) return idOf(job as Address);
  // a task is <job>.<index>, an attempt <task>.<drawn>, a job <edge>.<number>
  const named = typeof task === "string" ? task : attempt;
  if (typeof named === "string") {
    const parts = named.split(".");
    return parts.length >= 3 ? `${parts[0]}.${parts[1]}` : undefined;
  }
  for (const command of step.commands) {
    if (command.command === "Spawn" && kindOf(command.address) === "job") {
      return idOf(command.address);
    }
  }
  return undefined;
}

interface Naming {
  readonly job?: unknown;
  readonly task?: unknown;
  readonly attempt?: unknown;
}
