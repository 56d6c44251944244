/** Every metric of a run: meaning, unit and formula. docs/metrics.md is made of it. */

export interface MetricEntry {
  readonly name: string;
  readonly unit: string;
  readonly group:
    | "work"
    | "waiting"
    | "fairness"
    | "credit"
    | "network"
    | "machines"
    | "people"
    | "learning";
  readonly meaning: string;
  readonly formula: string;
  /** Left out where more is neither better nor worse. */
  readonly better?: "higher" | "lower";
}

/** Group, name, unit, meaning, formula, which way is better: a table reads better than objects. */
type Row = readonly [
  MetricEntry["group"],
  string,
  string,
  string,
  string,
  ("higher" | "lower" | undefined)?,
];

const rows: ReadonlyArray<Row> = [
  ["people", "demands", "demands", "Demands that requesters made, each counted once.", "count"],
  ["people", "settled", "demands", "Demands whose job was settled.", "count", "higher"],
  ["people", "failed", "demands", "Demands whose job failed, with a reason.", "count", "lower"],
  [
    "people",
    "refused",
    "demands",
    "Demands that were refused and not asked again within the requester's patience.",
    "count",
    "lower",
  ],
  ["people", "asks", "asks", "Demands and their repetitions after a refusal.", "count"],
  [
    "people",
    "activeContributors",
    "people",
    "Contributors past probation at the end.",
    "count",
    "higher",
  ],
  ["people", "suspended", "people", "Contributors suspended at the end.", "count"],
  ["work", "tasks", "tasks", "Tasks whose result was accepted.", "count", "higher"],
  ["work", "executions", "runs", "Runs that ended with a result.", "count"],
  ["work", "redundancy", "runs/task", "Runs per accepted task.", "executions / tasks", "lower"],
  ["work", "wrongDigests", "results", "Wrong results that machines computed.", "count"],
  ["work", "wrongAccepted", "tasks", "Tasks whose accepted result is wrong.", "count", "lower"],
  ["work", "wrongFinal", "tasks", "Those of them that nobody corrected.", "count", "lower"],
  ["work", "corrections", "tasks", "Results that the verifier took back.", "count"],
  [
    "work",
    "acceptedErrorAtDelivery",
    "ratio",
    "Share of accepted results that were wrong when they were accepted.",
    "wrongAccepted / tasks",
    "lower",
  ],
  [
    "work",
    "acceptedErrorRate",
    "ratio",
    "Share of accepted results that are wrong after all corrections.",
    "wrongFinal / tasks",
    "lower",
  ],
  ["work", "wrongPaid", "tasks", "Tasks paid for a wrong result.", "count", "lower"],
  [
    "work",
    "attemptsLost",
    "attempts",
    "Attempts that came back without a result.",
    "count",
    "lower",
  ],
  [
    "work",
    "servedVcu",
    "VCU",
    "Work paid by requesters, commons left out.",
    "sum of spent",
    "higher",
  ],
  ["work", "commonsVcu", "VCU", "Work paid by the mint.", "minted - burned"],
  [
    "waiting",
    "waitMeanS",
    "s",
    "Time from the wish for an execution until a node started it.",
    "mean over started attempts, commons left out",
    "lower",
  ],
  ["waiting", "waitP50S", "s", "Median of that time.", "quantile .50", "lower"],
  ["waiting", "waitP95S", "s", "Exceeded by one in twenty.", "quantile .95", "lower"],
  ["waiting", "waitP99S", "s", "Exceeded by one in a hundred.", "quantile .99", "lower"],
  [
    "waiting",
    "turnaroundMeanS",
    "s",
    "Time from the first ask of a demand until it was settled.",
    "mean over settled demands",
    "lower",
  ],
  ["waiting", "turnaroundP95S", "s", "Exceeded by one in twenty.", "quantile .95", "lower"],
  [
    "waiting",
    "queueMean",
    "attempts",
    "Attempts waiting at edges.",
    "mean of the samples",
    "lower",
  ],
  [
    "fairness",
    "honestService",
    "ratio",
    "What honest contributors got of what they had earned and asked for.",
    "sum spent / sum min(earned, price of asked)",
    "higher",
  ],
  [
    "fairness",
    "honestServiceP5",
    "ratio",
    "The same for each honest contributor, the value that 95 % of them exceed.",
    "quantile .05 of spent / min(earned, price of asked)",
    "higher",
  ],
  [
    "fairness",
    "freeRiderShare",
    "ratio",
    "Service of a mean free rider against that of a mean honest contributor.",
    "mean spent of free riders / mean spent of honest ones; 0 without free riders",
    "lower",
  ],
  [
    "fairness",
    "jainService",
    "ratio",
    "Evenness of service per earned credit among honest contributors (Jain's index).",
    "(sum x)^2 / (n sum x^2), x = spent / min(earned, price of asked)",
    "higher",
  ],
  ["credit", "mintedVcu", "VCU", "Credit that the mint paid into commons escrows.", "sum"],
  ["credit", "burnedVcu", "VCU", "Credit of commons escrows that was not needed.", "sum"],
  ["credit", "disputes", "epochs", "Epochs that the auditor disputed.", "count", "lower"],
  ["machines", "availability", "ratio", "Machines that are up.", "time mean / nodes"],
  [
    "machines",
    "utilisation",
    "ratio",
    "Free slots of machines that are up and at work.",
    "busy slot-time / available slot-time",
    "higher",
  ],
  ["machines", "departures", "times", "Machines that went down.", "count"],
  ["machines", "abruptDepartures", "times", "Machines that vanished.", "count"],
  ["network", "messages", "messages", "Messages between actors.", "count"],
  ["network", "duplicatesDropped", "messages", "Second copies that were dropped.", "count"],
  ["network", "deadLetters", "messages", "Messages to actors that had stopped.", "count"],
  ["network", "deliveries", "deliveries", "Steps of actors.", "count"],
  [
    "learning",
    "trainingAccuracy",
    "ratio",
    "Right answers of the model that the training run ended with, on data that no worker has.",
    "right / all; 0 without a training run, as all of its metrics",
    "higher",
  ],
  [
    "learning",
    "trainingAccuracyClean",
    "ratio",
    "The same of as many rounds with every worker honest and in time, and the mean as rule.",
    "right / all, computed beside the run from the same seed",
    "higher",
  ],
  [
    "learning",
    "trainingDrop",
    "ratio",
    "What attackers, late and missing updates and the aggregation rule cost.",
    "trainingAccuracyClean - trainingAccuracy",
    "lower",
  ],
  [
    "learning",
    "trainingBackdoor",
    "ratio",
    "Samples with the attackers' trigger that get the attackers' class.",
    "fooled / samples of other classes; a clean model has a few per cent",
    "lower",
  ],
  [
    "learning",
    "trainingGain",
    "nats/VCU",
    "Loss that the run took off per work that machines began for it, used or not.",
    "(first loss - last loss) / begun work",
    "higher",
  ],
  ["learning", "trainingRounds", "rounds", "Rounds that moved the parameters.", "count", "higher"],
  ["learning", "trainingUpdates", "updates", "Updates that had their part in a round.", "count"],
  [
    "learning",
    "trainingLate",
    "updates",
    "Updates that came after their round and joined the next at half weight.",
    "count",
    "lower",
  ],
  [
    "learning",
    "trainingDropped",
    "updates",
    "Updates left out: too old, too little, unreadable, caught by canary or rule.",
    "count",
  ],
];

export const catalogue: ReadonlyArray<MetricEntry> = rows.map(
  ([group, name, unit, meaning, formula, better]) => ({
    name,
    unit,
    group,
    meaning,
    formula,
    ...(better === undefined ? {} : { better }),
  }),
);
