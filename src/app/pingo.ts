/** Entry of the `pingo` command: gives the process its memory, then loads what was asked for. */
import { respawned } from "./heap.ts";

const status = await respawned(process.argv.slice(2));
if (status === undefined) {
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.exitCode = status;
}
