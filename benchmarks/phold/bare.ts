/** PHOLD on the simulator's event queue alone: `bare.ts <processes> <events>`. */
import { EventQueue } from "../../src/sim/core/event-queue.ts";
import { cpuSeconds } from "../clock.ts";
import { delayTable, type Lap, xorshift } from "./law.ts";

const WARMUP = 300_000;
const WORDS = 4_294_967_296;

function lap(processes: number, events: number): Lap {
  const table = delayTable();
  const draw = xorshift();
  const queue = new EventQueue<number>();
  let order = 0;
  let sum = 0;
  for (let p = 0; p < processes; p++) queue.push(table[draw() >>> 16]!, order++, p);
  const run = (count: number) => {
    for (let i = 0; i < count; i++) {
      const process = queue.pop()!;
      sum = (Math.imul(sum, 31) + process) | 0;
      const to = Math.floor((draw() * processes) / WORDS);
      queue.push(queue.time + table[draw() >>> 16]!, order++, to);
    }
  };
  run(WARMUP);
  const from = cpuSeconds();
  run(events);
  return { events, seconds: cpuSeconds() - from, hash: (sum >>> 0).toString(16) };
}

const [processes, events] = process.argv.slice(2).map(Number);
console.log(JSON.stringify(lap(processes!, events!)));
