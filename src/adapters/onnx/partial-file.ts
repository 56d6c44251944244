/**
 * What a task has come to so far, on disk: the child that computes it may be killed at any moment,
 * and the next one goes on from here. A frame that was cut off, or does not have its checksum, is
 * as if it had not been written.
 */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { readTensors, type Tensors, writeTensors } from "./tensor-file.ts";

export interface Frame {
  /** Runs of the model done with this frame, those of earlier frames included. */
  readonly runs: number;
  readonly tensors: Tensors;
}

/** "all": each frame adds rows. "last": each stands for everything so far. */
export type FrameMode = "all" | "last";

const HEAD = 12;

export class PartialFile {
  readonly frames: ReadonlyArray<Frame>;
  private readonly path: string;
  private readonly mode: FrameMode;

  constructor(path: string, mode: FrameMode) {
    this.path = path;
    this.mode = mode;
    const { frames, length } = readFrames(path);
    this.frames = mode === "last" ? frames.slice(-1) : frames;
    if (frames.length > 0 && mode === "all") truncateSync(path, length);
    else if (frames.length === 0) rmSync(path, { force: true });
  }

  keep(frame: Frame): void {
    const bytes = frameBytes(frame);
    if (this.mode === "all") {
      appendFileSync(this.path, bytes);
      return;
    }
    writeFileSync(`${this.path}.new`, bytes);
    renameSync(`${this.path}.new`, this.path);
  }

  forget(): void {
    rmSync(this.path, { force: true });
  }
}

function frameBytes({ runs, tensors }: Frame): Uint8Array {
  const body = writeTensors(tensors);
  const bytes = new Uint8Array(HEAD + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, runs, true);
  view.setUint32(4, body.length, true);
  bytes.set(body, HEAD);
  view.setUint32(8, checksum(runs, body), true);
  return bytes;
}

function checksum(runs: number, body: Uint8Array): number {
  return createHash("sha256").update(String(runs)).update(body).digest().readUInt32LE(0);
}

function readFrames(path: string): {
  readonly frames: ReadonlyArray<Frame>;
  readonly length: number;
} {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    return { frames: [], length: 0 };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Frame[] = [];
  let at = 0;
  while (at + HEAD <= bytes.length) {
    const runs = view.getUint32(at, true);
    const end = at + HEAD + view.getUint32(at + 4, true);
    if (end > bytes.length) break;
    const body = bytes.subarray(at + HEAD, end);
    if (checksum(runs, body) !== view.getUint32(at + 8, true)) break;
    frames.push({ runs, tensors: readTensors(body) });
    at = end;
  }
  return { frames, length: at };
}
