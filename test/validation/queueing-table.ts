/** Prints the table of docs/validation.md: npx tsx test/validation/queueing-table.ts */
import { fourServers, measure, oneServer } from "./queueing.ts";

const digits = (x: number, n = 4) => x.toFixed(n);

console.log("| queue | load | customers | mean wait, closed form | simulated | 95 % interval |");
console.log("|---|---|---|---|---|---|");
for (const of of [...oneServer, ...fourServers]) {
  const { customers, wait, delayed, theory } = measure(of);
  const { mean, half } = wait;
  const cells = [
    `M/M/${of.servers}`,
    of.load,
    customers,
    digits(theory.wait),
    digits(mean),
    `${digits(mean - half)} .. ${digits(mean + half)}`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
  console.error(`  who waits: ${digits(theory.delayed)}, ${digits(delayed.mean)}`);
}
