/**
 * Deliberate bugs, to prove that checkers and swarm find bugs: `--defect NAME`. Nothing but a test
 * names one; without a name every actor and mailbox is the real one.
 */
import type { AnyBehaviour } from "../../kernel/behaviour.ts";
import type { Mailbox } from "../../kernel/mailbox.ts";
import { nearest } from "../scenario/nearest-key.ts";
import { ScenarioError } from "../scenario/scenario-error.ts";
import {
  believesFirst,
  clearsEarly,
  givesUpSilently,
  keepsQuiet,
  leaksCredit,
  leasesTwice,
  lendsFreely,
  neverExpires,
  outlivesLease,
  paysTwice,
  runsTwice,
  servesForFree,
  speaksInTongues,
} from "./actor-defects.ts";
import {
  FiresStaleTimers,
  ForgetsTimers,
  LosesOutbox,
  SkipsDuplicateCheck,
} from "./mailbox-defects.ts";

export interface Defect {
  readonly wrap: (honest: AnyBehaviour) => AnyBehaviour;
  /** Parts of the simulator that the defect replaces. */
  readonly mailbox: { readonly newMailbox?: () => Mailbox };
}

const honest = (behaviour: AnyBehaviour) => behaviour;
const inActors = (wrap: Defect["wrap"]) => (): Defect => ({ wrap, mailbox: {} });
const inMailbox = (newMailbox: () => Mailbox) => (): Defect => ({
  wrap: honest,
  mailbox: { newMailbox },
});

const defects: Readonly<Record<string, () => Defect>> = {
  "pays-twice": inActors(paysTwice),
  "serves-for-free": inActors(servesForFree),
  "leaks-credit": inActors(leaksCredit),
  "lends-freely": inActors(lendsFreely),
  "clears-early": inActors(clearsEarly),
  "leases-twice": () => ({ wrap: leasesTwice(), mailbox: {} }),
  "never-expires": inActors(neverExpires),
  "outlives-lease": inActors(outlivesLease),
  "gives-up-silently": inActors(givesUpSilently),
  "keeps-quiet": inActors(keepsQuiet),
  "believes-first": inActors(believesFirst),
  "runs-twice": inActors(runsTwice),
  "speaks-in-tongues": inActors(speaksInTongues),
  "loses-outbox": inMailbox(() => new LosesOutbox()),
  "skips-duplicate-check": inMailbox(() => new SkipsDuplicateCheck()),
  "fires-stale-timers": inMailbox(() => new FiresStaleTimers()),
  "forgets-timers": inMailbox(() => new ForgetsTimers()),
};

/** All names, sorted by where the bug is planted. */
export const defectNames: ReadonlyArray<string> = Object.keys(defects);

/** Throws {@link ScenarioError} for a name that stands for nothing. */
export function defectNamed(name: string | undefined): Defect {
  if (name === undefined) return { wrap: honest, mailbox: {} };
  const make = Object.hasOwn(defects, name) ? defects[name] : undefined;
  if (make !== undefined) return make();
  const near = nearest(name, defectNames);
  const advice = near === undefined ? "" : `did you mean ${near}? `;
  throw new ScenarioError(
    `there is no defect "${name}"; ${advice}known are ${defectNames.join(", ")}`,
    "defect",
    defectNames,
  );
}
