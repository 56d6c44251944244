/**
 * The port "runner": runs tasks in slots. It brings what a task needs into the machine's cache, has
 * a slot's process compute it, puts the result into the blobs and answers with its id. Whatever the
 * model does, the agent only waits: a run ends by itself, by its deadline, by its time limit, by
 * its slot's limits or by an abort, and each of these is an outcome.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../../kernel/address.ts";
import type { PortCall } from "../../kernel/command.ts";
import {
  RUNNER,
  type RunModel,
  type RunnerOutcome,
  type RunnerRequest,
} from "../../kernel/ports/model-runner.ts";
import type { BlobId, Blobs } from "../../live/blobs.ts";
import type { LivePort } from "../../live/live-port.ts";
import type { SlotLimits, Slots } from "../../live/slots.ts";
import { blobOfContent, contentOfBlob } from "../../live/work.ts";
import { BlobCache, BlobMissing } from "./blob-cache.ts";
import type { ChildTask } from "./child-messages.ts";
import { blobsOf, type Manifest, readManifest } from "./manifest.ts";
import { TaskRefused, writeResult } from "./result.ts";
import { SlotPool, type Word, type Worker } from "./slot-pool.ts";

type Outcome = RunnerOutcome["outcome"];
type Tell = (outcome: RunnerOutcome) => void;

/** How a run ended, for whoever watches the agent. */
export interface RunNote {
  readonly caller: Address;
  readonly key: string;
  readonly content: string;
  readonly how: "done" | "aborted" | "killed" | "deadline";
  /** In a sentence; empty for what is as it should be. */
  readonly why: string;
  readonly tookMs: number;
}

export interface RunnerParts {
  readonly blobs: Blobs;
  readonly slots: Slots;
  /** Holds cached blobs and what runs have come to; may be deleted when no agent runs. */
  readonly folder: string;
  readonly cacheBytes: number;
  /** What a slot may take now. */
  readonly limits: () => SlotLimits;
  /** A run may take `graceMs` and its size at this speed, and not longer. */
  readonly slowestMflops?: number;
  readonly graceMs?: number;
  readonly note?: (note: RunNote) => void;
}

const SLOWEST_MFLOPS = 100;
/** Slots run at idle priority: on a machine that its owner keeps busy they hardly move. */
const GRACE_MS = 300_000;
const LONGEST_MS = 2 ** 31 - 1;
/** What a run that never went on had come to is forgotten. */
const PARTIAL_DAYS = 3;

interface Run {
  readonly caller: Address;
  readonly key: string;
  readonly request: RunModel;
  readonly tells: Tell[];
  readonly beganMs: number;
  readonly timers: NodeJS.Timeout[];
  /** Work that would not be lost if it ended now. */
  doneMflop: number;
  ended: boolean;
  worker: Worker | undefined;
  /** Blobs that it keeps in the cache. */
  held: ReadonlyArray<BlobId>;
  /** Name of the file in which it keeps what it has come to. */
  partial: string | undefined;
}

export class OnnxRunner implements LivePort {
  private readonly parts: RunnerParts;
  private readonly cache: BlobCache;
  private readonly pool: SlotPool;
  private readonly runs = new Map<string, Run>();
  private readonly partials = new Set<string>();
  private tasks = 0;

  constructor(parts: RunnerParts) {
    this.parts = parts;
    this.cache = new BlobCache(parts.blobs, join(parts.folder, "cache"), parts.cacheBytes);
    this.pool = new SlotPool(parts.slots, parts.limits);
    rmSync(this.path("runs"), { recursive: true, force: true });
    for (const folder of ["runs", "partial", "residual"])
      mkdirSync(this.path(folder), { recursive: true });
    for (const folder of ["partial", "residual"]) forgetOld(this.path(folder));
  }

  call(caller: Address, call: PortCall, tell: Tell): void {
    const request = call.request as RunnerRequest;
    if (request.type === "AbortRun") void this.abort(caller, call.key, { of: request.run, tell });
    else this.begin(caller, call, { request, tell });
  }

  /** Lets go of slots that have nothing to do: the owner wants the memory. */
  rest(): Promise<void> {
    return this.pool.drop();
  }

  async close(): Promise<void> {
    for (const run of this.runs.values()) {
      run.ended = true;
      this.letGo(run);
    }
    this.runs.clear();
    await this.pool.close();
  }

  private begin(
    caller: Address,
    { key, deadlineUs }: PortCall,
    { request, tell }: { readonly request: RunModel; readonly tell: Tell },
  ): void {
    const name = nameOf(caller, key);
    const under = this.runs.get(name);
    if (under !== undefined) {
      under.tells.push(tell);
      return;
    }
    const run: Run = {
      caller,
      key,
      request,
      tells: [tell],
      beganMs: performance.now(),
      timers: [],
      doneMflop: request.doneMflop,
      ended: false,
      worker: undefined,
      held: [],
      partial: undefined,
    };
    this.runs.set(name, run);
    const late = () => this.fail(run, "deadline", "it was not done by its deadline");
    run.timers.push(setTimeout(late, Math.min(LONGEST_MS, deadlineUs / 1_000)));
    this.run(run).catch((error: unknown) => {
      this.fail(run, "killed", error instanceof Error ? error.message : String(error));
    });
  }

  private async run(run: Run): Promise<void> {
    const manifest = await this.manifestOf(run.request.content);
    if (manifest instanceof TaskRefused) {
      await this.deliver(run, writeResult({ ok: false, why: manifest.message }), {
        fetchUs: 0,
        steps: 0,
      });
      return;
    }
    const ids = manifest === undefined ? [] : blobsOf(manifest);
    const files = await this.cache.take(ids);
    if (run.ended) {
      this.cache.release(ids);
      return;
    }
    run.held = ids;
    const fetchUs = Math.round((performance.now() - run.beganMs) * 1_000);
    const { content, mflop } = run.request;
    run.partial = this.partialFor(content);
    const id = this.tasks++;
    const result = this.path("runs", String(id));
    const partial = this.path("partial", run.partial);
    const word = await this.compute(run, {
      type: "task",
      id,
      content,
      manifest,
      mflop,
      files,
      result,
      partial,
      residual: this.residualFor(manifest),
    });
    if (run.ended) return;
    if (word.type === "done") {
      run.worker?.giveBack();
      run.worker = undefined;
      const steps =
        manifest?.kind === "train" && manifest.update !== undefined ? manifest.steps : 0;
      await this.deliver(run, await readFile(result), { fetchUs, steps });
      await rm(result, { force: true });
    } else {
      this.fail(run, "killed", word.type === "failed" ? word.why : reasonOf(word));
    }
  }

  /** The last word of a slot's process on this task. */
  private compute(run: Run, task: ChildTask): Promise<Exclude<Word, { readonly type: "kept" }>> {
    const worker = this.pool.take();
    run.worker = worker;
    const { slowestMflops = SLOWEST_MFLOPS, graceMs = GRACE_MS } = this.parts;
    const mostMs = graceMs + (1_000 * task.mflop) / (slowestMflops * this.parts.limits().cpuShare);
    const endless = () => this.fail(run, "killed", "it ran far longer than its size allows");
    run.timers.push(setTimeout(endless, Math.min(LONGEST_MS, mostMs)));
    return new Promise((resolve) => {
      worker.listen((word) => {
        if (word.type === "gone") resolve(word);
        else if (word.id !== task.id) return;
        else if (word.type !== "kept") resolve(word);
        else run.doneMflop = Math.max(run.doneMflop, word.doneMflop);
      });
      worker.tell(task);
    });
  }

  /** Undefined for work of the commons, which names no blob. */
  private async manifestOf(content: string): Promise<Manifest | TaskRefused | undefined> {
    const id = blobOfContent(content);
    if (id === undefined) {
      return content.startsWith("blob:")
        ? new TaskRefused("the task's content is no blob's id")
        : undefined;
    }
    const bytes = await this.parts.blobs.get(id);
    if (bytes === undefined) throw new BlobMissing(`the blob ${id} is nowhere to be found`);
    try {
      return readManifest(bytes);
    } catch (error) {
      if (error instanceof TaskRefused) return error;
      throw error;
    }
  }

  /** `steps`: of a training run's worker, whose update travels by name; 0 for all other tasks. */
  private async deliver(
    run: Run,
    result: Uint8Array,
    { fetchUs, steps }: { readonly fetchUs: number; readonly steps: number },
  ): Promise<void> {
    const digest = await this.parts.blobs.put(result);
    const payload = steps === 0 ? "" : `${steps}:${contentOfBlob(digest)}`;
    const value = { digest, doneMflop: run.request.mflop, payload, fetchUs };
    this.end(run, { outcome: { ok: true, value }, how: "done", why: "" });
  }

  private fail(run: Run, how: "aborted" | "killed" | "deadline", why: string): void {
    this.end(run, { outcome: { ok: false, reason: how, retryable: true }, how, why });
  }

  /** The first end counts. */
  private end(
    run: Run,
    { outcome, how, why }: Pick<RunNote, "how" | "why"> & { readonly outcome: Outcome },
  ): void {
    if (run.ended) return;
    run.ended = true;
    const { caller, key, request, tells, beganMs } = run;
    this.runs.delete(nameOf(caller, key));
    this.letGo(run);
    for (const tell of tells) tell({ type: "PortOutcome", port: RUNNER, key, outcome });
    const tookMs = performance.now() - beganMs;
    this.parts.note?.({ caller, key, content: request.content, how, why, tookMs });
  }

  private letGo(run: Run): void {
    for (const timer of run.timers) clearTimeout(timer);
    // a slot that still has the task is of no use to another
    void run.worker?.kill();
    this.cache.release(run.held);
    if (run.partial !== undefined) this.partials.delete(run.partial);
  }

  private async abort(
    caller: Address,
    key: string,
    { of, tell }: { readonly of: string; readonly tell: Tell },
  ): Promise<void> {
    const run = this.runs.get(nameOf(caller, of));
    const killed = run?.worker?.kill();
    if (run !== undefined) this.fail(run, "aborted", "it was ended from outside");
    // what the machine gave is free when this is told
    await killed;
    const value = { digest: "", doneMflop: run?.doneMflop ?? 0, payload: "", fetchUs: 0 };
    tell({ type: "PortOutcome", port: RUNNER, key, outcome: { ok: true, value } });
  }

  /** One file for each content; a second run of the same content at once has its own. */
  private partialFor(content: string): string {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 40);
    for (let n = 0; ; n++) {
      const name = n === 0 ? hash : `${hash}.${n}`;
      if (this.partials.has(name)) continue;
      this.partials.add(name);
      return name;
    }
  }

  private residualFor(manifest: Manifest | undefined): string | undefined {
    if (manifest?.kind !== "train" || manifest.update === undefined) return undefined;
    const hash = createHash("sha256").update(manifest.update).digest("hex");
    return this.path("residual", hash.slice(0, 40));
  }

  private path(...parts: ReadonlyArray<string>): string {
    return join(this.parts.folder, ...parts);
  }
}

function nameOf(caller: Address, key: string): string {
  return `${caller} ${key}`;
}

function reasonOf({ end }: Word & { readonly type: "gone" }): string {
  switch (end.why) {
    case "memory":
      return "it needed more memory than its slot has";
    case "crashed":
      return "its process crashed";
    case "killed":
      return "its process was killed";
    case "exited":
      return `its process ended with code ${end.code}`;
  }
}

function forgetOld(folder: string): void {
  const before = Date.now() - PARTIAL_DAYS * 86_400_000;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).mtimeMs < before) rmSync(path, { recursive: true, force: true });
  }
}
