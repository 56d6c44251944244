/** Who watches which job: told at once, then at changes, a few times a second at the most. */
import { refuse } from "../../adapters/http/problem.ts";
import type { Watching } from "../../adapters/http/service.ts";
import { type JobStatus, over } from "../../adapters/http/shapes.ts";

const GAP_MS = 100;
const PER_TOKEN = 100;

interface Watcher {
  readonly token: string;
  readonly heard: (status: JobStatus) => void;
  last: string;
}

export class Watchers {
  private readonly statusOf: (job: string) => Promise<JobStatus | undefined>;
  private readonly byJob = new Map<string, Set<Watcher>>();
  private readonly perToken = new Map<string, number>();
  private readonly due = new Map<string, NodeJS.Timeout>();
  private readonly onError: (error: unknown) => void;

  constructor(
    statusOf: (job: string) => Promise<JobStatus | undefined>,
    onError: (error: unknown) => void,
  ) {
    this.statusOf = statusOf;
    this.onError = onError;
  }

  get count(): number {
    let count = 0;
    for (const watchers of this.byJob.values()) count += watchers.size;
    return count;
  }

  add(token: string, job: string, heard: (status: JobStatus) => void): Watching {
    const open = this.perToken.get(token) ?? 0;
    if (open >= PER_TOKEN) {
      throw refuse(
        429,
        "too-many-watchers",
        `token ${token} watches ${open} jobs already; close one first`,
        { retryAfterS: 5 },
      );
    }
    this.perToken.set(token, open + 1);
    const watcher: Watcher = { token, heard, last: "" };
    const watchers = this.byJob.get(job) ?? new Set();
    watchers.add(watcher);
    this.byJob.set(job, watchers);
    this.changed(job, 0);
    return { stop: () => this.remove(job, watcher) };
  }

  /** Something of the job may have changed: its watchers hear of it soon. */
  changed(job: string, inMs = GAP_MS): void {
    if (!this.byJob.has(job) || this.due.has(job)) return;
    this.due.set(
      job,
      setTimeout(() => {
        this.due.delete(job);
        this.tell(job).catch(this.onError);
      }, inMs),
    );
  }

  close(): void {
    for (const timer of this.due.values()) clearTimeout(timer);
    this.due.clear();
    this.byJob.clear();
  }

  private async tell(job: string): Promise<void> {
    const status = await this.statusOf(job);
    if (status === undefined) return;
    const text = `${status.state} ${status.tasks.running} ${status.tasks.done} ${status.spent}`;
    for (const watcher of this.byJob.get(job) ?? []) {
      if (watcher.last === text) continue;
      watcher.last = text;
      watcher.heard(status);
      if (over.has(status.state)) this.remove(job, watcher);
    }
  }

  private remove(job: string, watcher: Watcher): void {
    const watchers = this.byJob.get(job);
    if (watchers?.delete(watcher) !== true) return;
    if (watchers.size === 0) this.byJob.delete(job);
    const open = (this.perToken.get(watcher.token) ?? 1) - 1;
    if (open === 0) this.perToken.delete(watcher.token);
    else this.perToken.set(watcher.token, open);
  }
}
