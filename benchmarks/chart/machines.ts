/** The shipped charts as XState machines, with the rules that a scenario without a word has. */
import type { AnyStateMachine } from "xstate";
import { auditorMachine } from "../../src/actors/auditor/machine.ts";
import { contributorMachine } from "../../src/actors/contributor/machine.ts";
import { edgeMachine } from "../../src/actors/edge/machine.ts";
import { jobMachine } from "../../src/actors/job/machine.ts";
import { ledgerMachine } from "../../src/actors/ledger/machine.ts";
import { nodeMachine } from "../../src/actors/node/machine.ts";
import { verifierMachine } from "../../src/actors/verifier/machine.ts";
import {
  choosePolicy,
  placementPolicies,
  schedulingPolicies,
  verificationPolicies,
} from "../../src/sim/run/policy-table.ts";

export function shippedMachines(): ReadonlyMap<string, AnyStateMachine> {
  const scheduling = choosePolicy("scheduling", schedulingPolicies, { rule: "credit" });
  const placement = choosePolicy("placement", placementPolicies, { rule: "nearest" });
  const edge = edgeMachine({
    scheduling: scheduling.policy,
    schedulingParams: scheduling.params,
    placement: placement.policy,
    placementParams: placement.params,
  });
  const verifier = verifierMachine(
    choosePolicy("verification", verificationPolicies, { rule: "credibility" }),
  );
  return new Map<string, AnyStateMachine>([
    ["node", nodeMachine],
    ["edge", edge],
    ["job", jobMachine],
    ["contributor", contributorMachine],
    ["ledger", ledgerMachine],
    ["verifier", verifier],
    ["auditor", auditorMachine],
  ]);
}
