/** `pingo sim replay`: a trace or a failure file, run again. */
import { readText } from "../files.ts";
import { CommandError, type Exit } from "../outcome.ts";
import { failureOf } from "./failure-file.ts";
import { replayFailure } from "./replay-failure.ts";
import { headerOf, type ReplayFlags, replayTrace } from "./replay-trace.ts";
import { isTraceHeader, TraceReader } from "./trace-reader.ts";

export async function replay(file: string, flags: ReplayFlags): Promise<Exit> {
  const reader = new TraceReader(file);
  const first = await reader.next();
  if (first === undefined) {
    throw new CommandError(
      `${file} is empty; replay takes a file that run --trace or swarm wrote`,
      { code: "file" },
    );
  }
  const header = headerOf(reader, first, isTraceHeader);
  if (header !== undefined) return await replayTrace(reader, header, flags);
  await reader.close();
  return await replayFailure(failureOf(file, readText(file, "the failure")), flags);
}
