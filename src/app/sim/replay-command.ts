/** `pingo sim replay`: a trace, a failure file or a live journal, run again. */
import { readText } from "../files.ts";
import { CommandError, type Exit } from "../outcome.ts";
import { failureOf } from "./failure-file.ts";
import { replayFailure } from "./replay-failure.ts";
import { type ReplayLiveFlags, replayLive } from "./replay-live.ts";
import { isLiveJournal } from "./replay-live-source.ts";
import { headerOf, replayTrace } from "./replay-trace.ts";
import { isTraceHeader, TraceReader } from "./trace-reader.ts";

export async function replay(file: string, flags: ReplayLiveFlags): Promise<Exit> {
  if (isLiveJournal(file)) return await replayLive(file, flags);
  if (flags.export !== undefined) {
    throw new CommandError(`--export is for a live journal; ${file} is none`, { field: "export" });
  }
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
