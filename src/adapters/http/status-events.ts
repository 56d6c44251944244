/** Progress of a job as server-sent events: what its watchers see, and a pulse in between. */
import { Chunk, Effect, Schedule, Schema, Stream } from "effect";
import type { Watching } from "./service.ts";
import { JobStatus, over } from "./shapes.ts";

const PULSE = "15 seconds";
/** A reader that is slower than the job sees the newest states, never a growing backlog. */
const KEPT = 16;

const encode = Schema.encodeSync(JobStatus);

function eventText(name: string, id: number, status: JobStatus): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(encode(status))}\n\n`;
}

type Watch = (heard: (status: JobStatus) => void) => Promise<Watching>;

/** Ends by itself with the event `end` once the job is over. */
export function statusEvents(watch: Watch): Stream.Stream<string> {
  const events = Stream.asyncPush<string>(
    (emit) =>
      Effect.acquireRelease(
        Effect.promise(async () => {
          let id = 0;
          return watch((status) => {
            id += 1;
            const ended = over.has(status.state);
            emit.chunk(Chunk.of(eventText(ended ? "end" : "status", id, status)));
            if (ended) emit.end();
          });
        }),
        (watching) => Effect.sync(() => watching.stop()),
      ),
    { bufferSize: KEPT, strategy: "sliding" },
  );
  const pulse = Stream.fromSchedule(Schedule.spaced(PULSE)).pipe(Stream.map(() => ": pulse\n\n"));
  return Stream.merge(events, pulse, { haltStrategy: "left" });
}
