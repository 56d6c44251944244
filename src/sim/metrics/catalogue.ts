/** Every metric of a run: meaning, unit and formula. docs/metrics.md is made of it. */

export interface MetricEntry {
  readonly name: string;
  readonly unit: string;
  readonly group: "work" | "waiting" | "fairness" | "credit" | "network" | "machines" | "people";
  readonly meaning: string;
  readonly formula: string;
}

const entry = (
  group: MetricEntry["group"],
  name: string,
  unit: string,
  meaning: string,
  formula: string,
): MetricEntry => ({ name, unit, group, meaning, formula });

export const catalogue: ReadonlyArray<MetricEntry> = [
  entry(
    "people",
    "demands",
    "demands",
    "Demands that requesters made, each counted once.",
    "count",
  ),
  entry("people", "settled", "demands", "Demands whose job was settled.", "count"),
  entry("people", "failed", "demands", "Demands whose job failed, with a reason.", "count"),
  entry(
    "people",
    "refused",
    "demands",
    "Demands that were refused and not asked again within the requester's patience.",
    "count",
  ),
  entry("people", "asks", "asks", "Demands and their repetitions after a refusal.", "count"),
  entry(
    "people",
    "activeContributors",
    "people",
    "Contributors past probation at the end.",
    "count",
  ),
  entry("people", "suspended", "people", "Contributors suspended at the end.", "count"),
  entry("work", "tasks", "tasks", "Tasks whose result was accepted.", "count"),
  entry("work", "executions", "runs", "Runs that ended with a result.", "count"),
  entry("work", "redundancy", "runs/task", "Runs per accepted task.", "executions / tasks"),
  entry("work", "wrongDigests", "results", "Wrong results that machines computed.", "count"),
  entry("work", "wrongAccepted", "tasks", "Tasks whose accepted result is wrong.", "count"),
  entry("work", "wrongPaid", "tasks", "Tasks paid for a wrong result.", "count"),
  entry("work", "attemptsLost", "attempts", "Attempts that came back without a result.", "count"),
  entry("work", "servedVcu", "VCU", "Work paid by requesters, commons left out.", "sum of spent"),
  entry("work", "commonsVcu", "VCU", "Work paid by the mint.", "minted - burned"),
  entry(
    "waiting",
    "waitMeanS",
    "s",
    "Time from the wish for an execution until a node started it.",
    "mean over started attempts, commons left out",
  ),
  entry("waiting", "waitP50S", "s", "Median of that time.", "quantile .50"),
  entry("waiting", "waitP95S", "s", "Exceeded by one in twenty.", "quantile .95"),
  entry("waiting", "waitP99S", "s", "Exceeded by one in a hundred.", "quantile .99"),
  entry(
    "waiting",
    "turnaroundMeanS",
    "s",
    "Time from the first ask of a demand until it was settled.",
    "mean over settled demands",
  ),
  entry("waiting", "turnaroundP95S", "s", "Exceeded by one in twenty.", "quantile .95"),
  entry("waiting", "queueMean", "attempts", "Attempts waiting at edges.", "mean of the samples"),
  entry(
    "fairness",
    "honestService",
    "ratio",
    "What honest contributors got of what they had earned and asked for.",
    "sum spent / sum min(earned, price of asked)",
  ),
  entry(
    "fairness",
    "honestServiceP5",
    "ratio",
    "The same for each honest contributor, the value that 95 % of them exceed.",
    "quantile .05 of spent / min(earned, price of asked)",
  ),
  entry(
    "fairness",
    "freeRiderShare",
    "ratio",
    "Service of a mean free rider against that of a mean honest contributor.",
    "mean spent of free riders / mean spent of honest ones; 0 without free riders",
  ),
  entry(
    "fairness",
    "jainService",
    "ratio",
    "Evenness of service per earned credit among honest contributors (Jain's index).",
    "(sum x)^2 / (n sum x^2), x = spent / min(earned, price of asked)",
  ),
  entry("credit", "mintedVcu", "VCU", "Credit that the mint paid into commons escrows.", "sum"),
  entry("credit", "burnedVcu", "VCU", "Credit of commons escrows that was not needed.", "sum"),
  entry("credit", "disputes", "epochs", "Epochs that the auditor disputed.", "count"),
  entry("machines", "availability", "ratio", "Machines that are up.", "time mean / nodes"),
  entry(
    "machines",
    "utilisation",
    "ratio",
    "Free slots of machines that are up and at work.",
    "busy slot-time / available slot-time",
  ),
  entry("machines", "departures", "times", "Machines that went down.", "count"),
  entry("machines", "abruptDepartures", "times", "Machines that vanished.", "count"),
  entry("network", "messages", "messages", "Messages between actors.", "count"),
  entry("network", "duplicatesDropped", "messages", "Second copies that were dropped.", "count"),
  entry("network", "deadLetters", "messages", "Messages to actors that had stopped.", "count"),
  entry("network", "deliveries", "deliveries", "Steps of actors.", "count"),
];
