/** Brings a whole network up in this process, and down again when it is asked to. */
import { Cause, Deferred, Effect, Exit as EffectExit, type Scope } from "effect";
import { address } from "../../kernel/address.ts";
import { CHAIN } from "../../kernel/ports/chain.ts";
import { RUNNER } from "../../kernel/ports/model-runner.ts";
import { ROUNDS } from "../../kernel/ports/rounds.ts";
import type { HostEnd, HostEvent } from "../../live/host-parts.ts";
import { JournalError } from "../../live/journal.ts";
import { LeaseHeld } from "../../live/leases.ts";
import type { LivePort } from "../../live/live-port.ts";
import type { SlotPriority } from "../../live/slots.ts";
import type { Seen } from "../../live/view.ts";
import { inWords as fileWords } from "../files.ts";
import { gatewayBeside } from "../gateway/beside-network.ts";
import { CommandError, Exit } from "../outcome.ts";
import { Interrupt } from "../terminal/interrupt.ts";
import { note, print, printJson } from "../terminal/print.ts";
import { planner } from "../work/plan.ts";
import { liveBehaviours } from "./behaviours.ts";
import type { NetworkConfig } from "./config.ts";
import { heedOwner, openMachine } from "./machine.ts";
import { type Network, NetworkError, type NetworkParts, openNetwork } from "./network.ts";
import { openChain } from "./open-chain.ts";
import { openTrainer } from "./open-trainer.ts";
import { wholePlan } from "./plan.ts";
import { revivedOf } from "./revived.ts";
import { settingsOf, settingsText, withSettings } from "./settings.ts";
import { closingWords, SettingsInForce } from "./settings-in-force.ts";
import { defaultFolder, hasJournal, localParts, openStateFolder } from "./state-folder.ts";
import { tonChain } from "./ton-chain.ts";

export interface UpFlags {
  readonly dir?: string;
  readonly port: number;
  readonly host?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly nodes: number;
  readonly give?: string;
  readonly priority?: SlotPriority;
  /** Whether a folder that is made now gets a chain of its own. */
  readonly chain: boolean;
  /** Actors that are to leave their quarantine. */
  readonly revive?: ReadonlyArray<string>;
  readonly json?: boolean;
  /** An address, or true for a server of its own. */
  readonly nats?: string | true;
}

export async function up(flags: UpFlags): Promise<Exit> {
  const folder = flags.dir ?? defaultFolder();
  const { config } = openStateFolder(folder, flags.nodes, flags.chain);
  const interrupt = new Interrupt();
  const asked = new Promise<"asked">((resolve) => interrupt.onAsk(() => resolve("asked")));
  const say = flags.json === true ? () => {} : note;
  say(`starting ${config.machines.length} nodes, state in ${folder}`);
  const gateway = gatewayBeside({
    folder,
    host: flags.host,
    port: flags.port,
    tls: { certFile: flags.tlsCert, keyFile: flags.tlsKey },
    contributor: config.requester,
    planner,
  });
  const program = Effect.gen(function* () {
    const { give, priority } = flags;
    yield* closeWithOld(flags, { folder, config, say });
    const usable = yield* Deferred.make<void>();
    const network = yield* openWhole({
      folder,
      config,
      parts: { ...localParts(folder), revive: revivedOf(flags.revive) },
      give,
      priority,
      say,
      onDelivery: gateway.seen,
      usable: Deferred.await(usable),
    });
    const { url } = yield* gateway.open(network);
    announce(network, { flags, folder, config, url });
    yield* Deferred.succeed(usable, undefined);
    const end = yield* Effect.promise(() => Promise.race([asked, network.broken]));
    if (end === "asked") say("stopping: what runs is given back, what is accepted is kept");
    return end;
  });
  const exit = await Effect.runPromiseExit(Effect.scoped(program));
  if (EffectExit.isFailure(exit)) throw inWords(Cause.squash(exit.cause));
  if (exit.value === "asked") return Exit.fine;
  throw lost(exit.value);
}

/**
 * Where the file says other settings than at the last start: ends in order what a crash cut off
 * under the old ones, and only then has the new ones count.
 */
function closeWithOld(
  { give, priority }: UpFlags,
  { folder, config, say }: Pick<Whole, "folder" | "config" | "say">,
): Effect.Effect<void, unknown> {
  return Effect.gen(function* () {
    const inForce = new SettingsInForce(folder);
    const text = settingsText(settingsOf(config));
    const { seen, opened } = inForce.kept ?? { seen: { version: 0 }, opened: null };
    const version = opened?.text === text ? opened.version : seen.version + 1;
    // a rule that is not there is said before anything is closed or kept
    liveBehaviours(config);
    const old = inForce.toCloseWith(text);
    if (old !== undefined) {
      say(closingWords(old.version, version));
      // a machine that is new in the file begins with the new settings
      const machines = config.machines.filter(({ node }) => hasJournal(folder, node));
      const before = withSettings({ ...config, machines }, old.settings);
      const parts = localParts(folder);
      const closing = { folder, config: before, parts, give, priority, say };
      yield* Effect.scoped(openWhole({ ...closing, onDelivery: () => {}, usable: Effect.never }));
      inForce.ends();
    }
    const kept = inForce.keptByActors(text).join(", ");
    if (kept !== "") {
      say(`${kept}: actors that are there keep what they began with, those that come have the new`);
    }
    inForce.opens({ version, text });
  });
}

export type WholeParts = Omit<
  NetworkParts,
  "behaviours" | "plans" | "portsOf" | "log" | "onDelivery" | "chain"
>;

export interface Whole {
  readonly folder: string;
  readonly config: NetworkConfig;
  /** Stores and bus: of this process, or over NATS. */
  readonly parts: WholeParts;
  readonly give: string | undefined;
  readonly priority: SlotPriority | undefined;
  readonly say: (line: string) => void;
  readonly onDelivery: (seen: Seen) => void;
  /** Ends when the network can be used: a chain is made ready afterwards, nobody waits for it. */
  readonly usable: Effect.Effect<void>;
}

export function openWhole(local: Whole): Effect.Effect<Network, unknown, Scope.Scope> {
  const { folder, config, give, priority, say, onDelivery, parts, usable } = local;
  return Effect.gen(function* () {
    const rules = liveBehaviours(config);
    // one runner serves all nodes of the machine: they share its cache of models
    const machine = yield* openMachine({ folder, blobs: parts.blobs, give, priority });
    const { runner } = machine;
    const rounds = yield* openTrainer({ ...rules.aggregation, blobs: parts.blobs, runner, say });
    const ports = new Map<string, LivePort>([
      [RUNNER, runner],
      [ROUNDS, rounds],
    ]);
    const { chain } = config;
    if (chain !== undefined) {
      const prepare = Effect.zipRight(usable, tonChain({ folder, chain, say }));
      ports.set(CHAIN, yield* openChain({ prepare, say }));
    }
    const network = yield* openNetwork({
      ...parts,
      chain,
      behaviours: rules.behaviours,
      plans: wholePlan(config, rules),
      portsOf: () => ports,
      log: (event) => say(lineOf(event)),
      onDelivery,
    });
    const nodes = config.machines.map(({ node }) => address("node", node));
    yield* heedOwner(network, nodes, machine);
    return network;
  });
}

export function announce(
  network: Network,
  at: {
    readonly flags: UpFlags;
    readonly folder: string;
    readonly config: NetworkConfig;
    readonly url: string;
  },
): void {
  const { flags, folder, config, url } = at;
  const nodes = config.machines.map(({ node, owner }) => ({ node, owner }));
  if (flags.json === true) {
    printJson({ up: true, url, folder, pid: process.pid, requester: config.requester, nodes });
    return;
  }
  print(`PinGo is up: ${network.hosts.size} shards, ${nodes.length} nodes.`);
  print(`  gateway  ${url}`);
  print(`  you      contributor ${config.requester}`);
  print(`  state    ${folder}`);
  if (config.chain !== undefined) {
    print(`  chain    ${config.chain.network}; pingo chain status tells when it is ready`);
  }
  print("Ctrl-C stops it; started again it goes on with every job.");
}

export function lineOf({ shard, kind, words }: HostEvent): string {
  return `${shard}: ${kind}: ${words}`;
}

function lost({ why, words }: HostEnd): CommandError {
  const advice = why === "fenced" || why === "lease" ? "is another pingo up at work?" : "";
  return new CommandError(`the network stopped: ${words}${advice === "" ? "" : `; ${advice}`}`, {
    code: why,
    exit: Exit.crash,
  });
}

/** Of a full or a read-only disk; all else is said as the network says it. */
function fileInWords(cause: unknown, doing: string, words: string): unknown {
  const file = fileWords(cause, doing);
  return file instanceof CommandError ? file : new CommandError(words, { code: "network" });
}

function inWords(error: unknown): unknown {
  if (!(error instanceof NetworkError)) return error;
  const { cause } = error;
  if (cause instanceof LeaseHeld) {
    return new CommandError(
      `the state folder is in use by ${cause.by.holder}; stop that pingo up or use --dir`,
      { code: "in-use", field: "dir" },
    );
  }
  const code = cause instanceof JournalError ? cause.reason : "network";
  if (code === "network") return fileInWords(cause, "open the state folder", error.message);
  return new CommandError(error.message, { code });
}
