/** A trace on its way to the disk: JSON lines, no faster than the disk takes them. */

import { once } from "node:events";
import { createWriteStream, renameSync, rmSync, statSync, type WriteStream } from "node:fs";
import type { DeliveryNote } from "../../sim/run/run.ts";
import type { Override } from "../../sim/scenario/overrides.ts";
import { inWords, makeFolderOf } from "../files.ts";
import { deliveryLine } from "./delivery.ts";

/** First line of a trace: everything that is needed to run it again. */
export interface TraceHeader {
  readonly pingo: "trace";
  readonly version: string;
  readonly file: string;
  readonly text: string;
  readonly seed: number;
  readonly overrides: ReadonlyArray<Override>;
  readonly files: Readonly<Record<string, string>>;
}

/** Last line of a trace. */
export interface TraceFooter {
  readonly end: "over" | "interrupted";
  readonly deliveries: number;
  readonly hash: string;
}

export class TraceWriter {
  private readonly path: string;
  private readonly written: string;
  private readonly stream: WriteStream;
  private lines: string[] = [];
  private failure: Error | undefined;
  deliveries = 0;

  constructor(path: string, header: TraceHeader) {
    this.path = path;
    makeFolderOf(path);
    this.written = isSpecial(path) ? path : `${path}.${process.pid}.part`;
    this.stream = createWriteStream(this.written);
    this.stream.on("error", (error) => {
      this.failure ??= error;
    });
    this.lines.push(JSON.stringify(header));
  }

  /** Takes a delivery; {@link flush} writes it. */
  readonly add = (delivery: DeliveryNote): void => {
    this.deliveries += 1;
    this.lines.push(deliveryLine(delivery));
  };

  /** Hands over what was taken and waits until the disk can take more. */
  async flush(): Promise<void> {
    const { lines } = this;
    this.lines = [];
    if (lines.length > 0 && !this.stream.write(`${lines.join("\n")}\n`)) await this.drained();
    this.check();
  }

  /** Completes the file under its name. */
  async finish(footer: TraceFooter): Promise<void> {
    this.lines.push(JSON.stringify(footer));
    await this.flush();
    this.stream.end();
    if (!this.stream.closed) await this.closed();
    this.check();
    if (this.written !== this.path) renameSync(this.written, this.path);
  }

  /** Leaves nothing behind. */
  abort(): void {
    this.stream.destroy();
    if (this.written !== this.path) rmSync(this.written, { force: true });
  }

  /** Resolves when the stream can take more, or never will. */
  private drained(): Promise<void> {
    const { stream } = this;
    if (this.failure !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        stream.off("drain", done);
        stream.off("close", done);
        resolve();
      };
      stream.once("drain", done);
      stream.once("close", done);
    });
  }

  private async closed(): Promise<void> {
    await once(this.stream, "close").catch(() => {});
  }

  private check(): void {
    if (this.failure === undefined) return;
    this.abort();
    throw inWords(this.failure, `write the trace ${this.path}`);
  }
}

/** Pipes and devices are written directly: they have no place beside them, and keep their name. */
function isSpecial(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile();
}
