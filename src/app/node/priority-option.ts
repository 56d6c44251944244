/** `--priority`, of every command that runs tasks on this machine. */
import { Option } from "commander";

export function priorityOption(): Option {
  return new Option(
    "--priority <level>",
    "idle: tasks run when nothing else does; low: last in the queue (default: as --give says)",
  ).choices(["idle", "low", "normal"]);
}
