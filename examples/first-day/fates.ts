/** How a first day goes: quietly, or killed at every moment and with every command. */
import { knownDeployment } from "../../src/adapters/ton/deployment.ts";
import type { Newcomer, Shown } from "./newcomer.ts";
import type { Fate } from "./steps.ts";

/** Beyond it something goes round in circles: no command sends so many messages. */
const DEATHS_MOST = 20;
/** Faults of a network that starts: they pass. */
const passing: ReadonlySet<string> = new Set(["down", "rate-limited", "unreachable", "fenced"]);

/** Waits until the network that was just started is there for the command. */
function untilDone(me: Newcomer, run: () => Promise<Shown | undefined>) {
  return me.until("an answer of the chain", async () => {
    const shown = await run();
    if (shown?.error === undefined || !passing.has(shown.error.code)) return { shown };
    throw new Error(shown.error.message);
  });
}

export function quietly(me: Newcomer): Fate {
  return {
    moment: async () => {},
    command: async (...args) => (await untilDone(me, () => me.run(args))).shown as Shown,
    hurry: async () => {},
  };
}

/**
 * The network is killed at every moment, or at those that are named. Each command is killed when
 * its first message is written down and once more when the chain has taken it, then for its second
 * message, until it has none.
 */
export function killing(
  me: Newcomer,
  say: (line: string) => void,
  isLethal: (moment: string) => boolean = () => true,
): Fate {
  const moment: Fate["moment"] = async (name) => {
    if (!isLethal(name)) return;
    await me.end("SIGKILL");
    say(`  killed: ${name}`);
    await me.up();
  };
  const command: Fate["command"] = async (...args) => {
    for (let deaths = 0; deaths < DEATHS_MOST; deaths += 1) {
      const death = deaths % 2 === 0 ? "written" : "taken";
      const chain = knownDeployment(me.folder)?.endpoint ?? "";
      const { shown } = await untilDone(me, () => me.runToDeath(args, { death, chain }));
      if (shown !== undefined) return shown;
      say(`  killed: ${args.join(" ")}, its message ${death}`);
    }
    throw new Error(`pingo ${args.join(" ")} sends without end`);
  };
  return { moment, command, hurry: async () => {} };
}
