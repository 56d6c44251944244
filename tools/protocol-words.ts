/**
 * What docs/protocol.md says that no chart and no comment says: the meaning of each state, and of
 * the few messages whose comment stands with their neighbour. A state without a meaning, or a word
 * for something that is gone, is an error of the writer.
 */

interface ActorWords {
  readonly summary: string;
  /** By dotted path. */
  readonly states: Readonly<Record<string, string>>;
  /** By message type; only where messages.ts has no comment of its own. */
  readonly messages?: Readonly<Record<string, string>>;
  /** Who sends a message, by its type; only where no actor does. */
  readonly from?: Readonly<Record<string, string>>;
}

export const words: Readonly<Record<string, ActorWords>> = {
  contributor: {
    summary:
      "A person with machines: applies at the nearest edge, earns its standing, asks for work.",
    states: {
      applicant: "Has no account yet; every demand is refused.",
      "applicant.probing":
        "Has sent a Ping to each edge it was told of and takes the first answer.",
      "applicant.applying": "Has its edge and waits for the ledger to open its account.",
      probation: "Has an account and no verified work to speak of; demands are refused.",
      active: "Hands its demands to its edge as jobs.",
      suspended: "Gave wrong results: its nodes are drained and its demands are refused.",
      revoked: "Out for good.",
    },
    messages: {
      JobRefused: "The job was not admitted; rule and numbers say why.",
      JobFailed: "The job ended without a result for every task; what was verified is paid.",
    },
    from: {
      DemandArrived: "port/requester",
      TrainingWanted: "port/requester",
      DemandWithdrawn: "port/requester",
      NodesChanged: "port/requester",
    },
  },
  node: {
    summary:
      "One machine's offer: finds an edge, is idle most of its life, works, yields to its owner.",
    states: {
      offline: "The machine is off.",
      joining: "Looks for an edge and asks to be taken in.",
      "joining.starting": "A fork: to registering when an edge is known, else to probing.",
      "joining.probing": "Measures the round trip to each edge it was told of.",
      "joining.registering": "Has sent Join to the nearest edge and waits for its Welcome.",
      idle: "In its edge's directory with all slots free; costs nothing.",
      working: "At least one slot runs an attempt.",
      paused: "The owner uses the machine; what ran is given back or kept as a checkpoint.",
      draining: "Its contributor may take nothing more: it ends what runs.",
      retired: "Out of the directory until its contributor's standing says otherwise.",
    },
    messages: {
      OwnerIdle: "The owner has left the machine again.",
      Pong: "An edge answers a Ping; the number says which.",
    },
    from: {
      HostStarted: "port/host",
      HostStopping: "port/host",
      OwnerBusy: "port/host",
      OwnerIdle: "port/host",
      PortOutcome: "port/runner",
    },
  },
  edge: {
    summary:
      "A region's edge: directory of its nodes, queue of attempts, the pass that joins both.",
    states: {
      serving: "Takes nodes and jobs.",
      degraded: "Too many attempts wait: new jobs are refused until some are gone.",
      draining: "Takes no new node and no new job, and ends what it has.",
    },
    messages: {
      NodePaused: "The node's owner is there: it takes nothing for a while.",
      NodeResumed: "The node takes work again.",
    },
    from: {
      AdmitTraining: "port/operator",
      CloseCommons: "port/operator",
      DrainEdge: "port/operator",
    },
  },
  job: {
    summary: "One job from its price to its end: escrow, executions, verdicts, payment.",
    states: {
      submitted: "Has asked the ledger to hold its whole price.",
      admitted: "Paid for: its tasks are executed and judged.",
      "admitted.running": "At least one attempt is queued or runs.",
      "admitted.verifying": "Nothing runs; the verifier's word is awaited.",
      closing: "Has told edge and ledger that it ends, and waits for the ledger's account.",
      closed: "A fork: to the way in which it ended.",
      settled: "Every task has an accepted result and was paid.",
      failed: "Out of time, or of attempts, or without agreement; the rest was refunded.",
      refused: "The ledger held nothing for it.",
      cancelled: "The requester took it back; what was verified is paid, the rest refunded.",
    },
    messages: {
      ReserveRefused: "The ledger holds nothing for the job; rule and numbers say why.",
    },
    from: { CancelJob: "its requester; no actor sends it yet" },
  },
  verifier: {
    summary: "Judges the results of a task by the policy that it is given.",
    states: { judging: "Always: each question has its answer at once." },
  },
  ledger: {
    summary: "Double entry of credit, escrow per job, standing of contributors, epochs.",
    states: {
      idle: "No credit has moved in this epoch; it costs nothing.",
      open: "Credit has moved: the epoch ends after its term.",
      closing: "The auditor recounts the epoch that ended; business goes on in the next.",
    },
    messages: { EpochDisputed: "The epoch does not add up; the reason says where." },
  },
  training: {
    summary: "One training run: rounds of local steps on volunteers' machines, and outer steps.",
    states: {
      opening: "Has asked the ledger to mint the price of the whole run.",
      announcing: "Puts the round's parameters where workers find them.",
      collecting: "Workers are asked for or at work; updates come in and are paid.",
      judging: "The round is closed; its updates are tried on held-out data.",
      published: "A fork: the outer step is taken; to the next round or to the end.",
      settling: "Takes back what is open and waits for the ledger's account.",
      ended: "A fork: the edge is told.",
      done: "Every round was held; the parameters stay here.",
      failed: "No escrow, or too many rounds in a row that brought nothing.",
    },
    messages: {
      Reserved: "The escrow holds the price of the run.",
      ReserveRefused: "The ledger mints nothing for the run; rule and numbers say why.",
      ResultReported: "A worker's update; without the attempt's token it is not believed.",
      AttemptLost: "A worker was lost; in an open round another is asked for.",
      JobClosed: "The ledger paid the steps that were done and burned the rest.",
    },
    from: { PortOutcome: "port/trainer or port/rounds", EndTraining: "port/operator" },
  },
  trainer: {
    summary: "",
    states: {},
    from: {
      PublishRound: "training",
      TryUpdates: "training",
    },
  },
  rounds: { summary: "", states: {}, from: { OpenRound: "training", CloseRound: "training" } },
  chain: {
    summary: "",
    states: {},
    from: {
      IssueCredential: "treasurer",
      MoveCredential: "treasurer",
      RevokeCredential: "treasurer",
      ReadCredential: "treasurer",
      PublishRoot: "treasurer",
      ReadRewards: "nobody yet; whoever watches rewards",
      SettleEscrow: "treasurer",
      ReadEscrow: "treasurer, the gateway's desk",
    },
  },
  runner: { summary: "", states: {}, from: { RunModel: "node", AbortRun: "node" } },
  requester: { summary: "", states: {}, from: { DemandAnswered: "contributor" } },
  treasurer: {
    summary:
      "Speaks to the chain for the network: credentials, roots of rewards, verdicts on escrows. " +
      "Where there is one, the ledger takes CredentialOnChain from it: how a credential was seen.",
    states: {
      serving: "The chain answers: what is wanted is asked for at once, some calls at a time.",
      away: "The chain was not reached; everything waits for the end of a pause.",
      trying: "One call shows whether the chain is there again.",
    },
    from: {
      WalletLinked: "port/desk",
      EscrowWatched: "port/desk",
      EscrowJudged: "port/desk",
      PortOutcome: "port/chain",
    },
  },
  auditor: {
    summary: "Recounts each closed epoch of the ledger, in total and by a sample of accounts.",
    states: {
      idle: "Waits for an epoch to close.",
      auditing: "Asked for the sampled accounts and adds them up as they come.",
    },
  },
};

/** Who stands behind the addresses `port/<name>` that messages come from or go to. */
export const ports: Readonly<Record<string, string>> = {
  operator: "whoever runs the edge",
  host: "the machine and its owner, as the operating system tells",
  requester: "the person who wants work done",
  trainer: "keeps a training run's parameters and tries updates on held-out data",
  rounds: "opens and closes the rounds of a training run whose parameters are blobs",
  chain: "credentials, rewards and escrows on TON",
  desk: "the gateway, once it has checked a proof",
  runner: "runs one task's model on one slot of the machine",
};
