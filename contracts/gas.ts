/** Writes contracts/gas.json: gas and fees of every operation under both price sets. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { measure } from "./tests/gas-table.ts";

const old = await measure("old");
const reduced = await measure("reduced");
const rows = [...old].map(([name, { gas, fee }]) => {
  const total = gas.reduce((sum, each) => sum + each, 0);
  return [
    name,
    { gas: gas.join(" + "), total, feeOld: fee, feeReduced: reduced.get(name)?.fee ?? 0 },
  ];
});
const table: unknown = Object.fromEntries(rows);
writeFileSync(join(import.meta.dirname, "gas.json"), `${JSON.stringify(table, undefined, 2)}\n`);
for (const [name, row] of Object.entries(table as Record<string, object>)) {
  console.log(name.padEnd(40), Object.values(row).join(" | "));
}
