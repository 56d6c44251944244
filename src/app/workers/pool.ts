/** Child processes that simulate. Who runs what never shows in the results, only in the time. */
import { type ChildProcess, fork } from "node:child_process";
import { heapFlags, otherFlags } from "../heap.ts";
import { CommandError, Exit } from "../outcome.ts";
import type { AnswerOf, Reply, Task } from "./task.ts";

interface Waiting {
  readonly task: Task;
  readonly resolve: (answer: AnswerOf[Task["kind"]]) => void;
  readonly reject: (error: Error) => void;
}

export class Pool {
  private readonly size: number;
  private readonly queue: Waiting[] = [];
  private readonly idle: ChildProcess[] = [];
  private readonly children = new Set<ChildProcess>();
  private closed = false;

  constructor(size: number) {
    this.size = size;
  }

  /** Queues a task; tasks start in the order in which they come. */
  ask<T extends Task>(task: T): Promise<AnswerOf[T["kind"]]> {
    return new Promise((resolve, reject) => {
      this.queue.push({ task, resolve: resolve as Waiting["resolve"], reject });
      this.next();
    });
  }

  /** Ends all children; tasks that were not answered stay so. */
  close(): void {
    this.closed = true;
    this.queue.length = 0;
    for (const child of this.children) child.kill("SIGKILL");
  }

  private next(): void {
    if (this.closed || this.queue.length === 0) return;
    const child = this.idle.pop() ?? (this.children.size < this.size ? this.start() : undefined);
    if (child === undefined) return;
    const waiting = this.queue.shift();
    if (waiting === undefined) return;
    const { task, resolve, reject } = waiting;
    const onMessage = (reply: Reply) => {
      child.off("exit", onExit);
      this.idle.push(child);
      if (reply.ok) resolve(reply.answer);
      else reject(errorOf(reply));
      this.next();
    };
    const onExit = (code: number | null, signal: string | null) => {
      child.off("message", onMessage);
      if (!this.closed) reject(died(task, code, signal));
      this.next();
    };
    child.once("message", onMessage);
    child.once("exit", onExit);
    child.send(task);
  }

  private start(): ChildProcess {
    const child = fork(process.argv[1] ?? "", ["sim", "worker"], {
      execArgv: [...heapFlags(this.size), ...otherFlags()],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.children.add(child);
    child.once("exit", () => {
      this.children.delete(child);
      const at = this.idle.indexOf(child);
      if (at >= 0) this.idle.splice(at, 1);
    });
    return child;
  }
}

function errorOf({ error }: Reply & { readonly ok: false }): Error {
  const { exit, code, message, field, allowed } = error;
  return new CommandError(message, { exit, code, field, allowed });
}

function died(task: Task, code: number | null, signal: string | null): Error {
  const advice = "if memory ran out, use fewer --workers";
  return new CommandError(
    `the process of seed ${task.seed} ended with ${signal ?? `code ${code}`}; ${advice}`,
    { exit: Exit.crash, code: "crash" },
  );
}
