/** Runs every scenario with `gate: true` as a user would, with its rival: `npm run gates`. */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parse } from "yaml";

const FOLDER = "scenarios";
const RESULTS = "out/gates";

interface Ended {
  readonly name: string;
  readonly passes: boolean;
  readonly text: string;
}

function gates(): ReadonlyArray<string> {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .filter((file) => {
      const scenario = parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as { gate?: boolean };
      return scenario.gate === true;
    })
    .map((file) => file.slice(0, -".yaml".length));
}

/** A gate that fails ends with a code of its own and has its figures all the same. */
function run(name: string): Promise<Ended> {
  const args = ["bin/pingo.js", "sim", "run", `${FOLDER}/${name}.yaml`, "--json"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1_048_576 }, (error, stdout) => {
      resolve({ name, passes: error === null, text: stdout });
    });
  });
}

async function main(): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  const waiting = [...gates()];
  const failed: string[] = [];
  const serve = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const { passes, text } = await run(name);
      writeFileSync(`${RESULTS}/${name}.json`, text);
      console.log(`${passes ? "pass" : "FAIL"} ${name}`);
      if (!passes) failed.push(name);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, serve));
  if (failed.length === 0) return;
  console.error(`${failed.length} gates fail: ${failed.sort().join(", ")}`);
  process.exitCode = 1;
}

await main();
