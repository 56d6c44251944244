/** A deployment's plan for people and for programs: what goes where, what it costs, whose key. */
import type { Address } from "@ton/core";
import { contractText, walletText } from "../../adapters/ton/addresses.ts";
import { type DeployPlan, type DeployStep, fundsFor } from "../../adapters/ton/deploy-plan.ts";
import { roleNames } from "../../adapters/ton/deploy-settings.ts";
import { inCoins } from "../../adapters/ton/sender.ts";
import { out } from "../terminal/print.ts";
import { tableLines } from "../terminal/table.ts";

const plain = { title: "" } as const;
const right = (title: string) => ({ title, align: "right" }) as const;

/** The steps that are still open are marked where that is known. */
export function planLines(
  plan: DeployPlan,
  open: ReadonlyArray<DeployStep> = plan.steps,
): ReadonlyArray<string> {
  const { settings, steps } = plan;
  const at = (address: Address) => contractText(settings.network, address);
  const columns = [right("#"), { title: "step" }, { title: "to" }, right("sends"), right("fees")];
  const rest = [right("rent"), right("comes back"), { title: "" }];
  const rows = steps.map((step, n) => [
    String(n + 1),
    step.name,
    at(step.to),
    inCoins(step.value),
    inCoins(rounded(step.cost.fees + step.cost.walletFee)),
    inCoins(rounded(step.cost.rent)),
    inCoins(rounded(step.cost.spare)),
    open.includes(step) ? step.what : `${step.what} (done)`,
  ]);
  return [
    out.bold(`Deployment on ${settings.network}`),
    `Every message is signed by the key of ${settings.deployer}.`,
    "",
    ...tableLines([...columns, ...rest], rows),
    "",
    `The wallet needs ${inCoins(rounded(fundsFor(open)))} for ${open.length} of them.`,
    "",
    ...shareLines(plan),
    "",
    ...handLines(plan),
  ];
}

/** To the tenth of a milligram upwards: more digits say nothing about what is an upper bound. */
function rounded(nano: bigint): bigint {
  const unit = 100_000n;
  return ((nano + unit - 1n) / unit) * unit;
}

function shareLines({ settings, distributors, vestings }: DeployPlan): ReadonlyArray<string> {
  const at = (address: Address) => contractText(settings.network, address);
  const rows = [
    ...distributors.map(({ address, amount, shard }) => [
      "community",
      inPingo(amount),
      at(address),
      shard.bits === 0
        ? "rewards of everybody"
        : `rewards, shard ${shard.prefix} of ${2 ** shard.bits}`,
    ]),
    ...vestings.map(({ address, amount, beneficiary, ...each }) => [
      each.for,
      inPingo(amount),
      at(address),
      `vests to ${walletText(settings.network, beneficiary)}`,
    ]),
  ];
  const columns = [{ title: "who" }, right("PINGO"), { title: "contract" }, plain];
  return tableLines(columns, rows);
}

function handLines({ settings: { roles, issuers } }: DeployPlan): ReadonlyArray<string> {
  const rows = [
    ...roleNames.map((name) => [name, roles[name]]),
    ...issuers.map((key, n) => [`issuer ${n}`, `public key ${key}`]),
  ];
  return tableLines([{ title: "role" }, { title: "held by" }], rows);
}

const NANO = 1_000_000_000n;

/** Whole PINGO with commas; the rest only where there is one. */
export function inPingo(nano: bigint): string {
  const whole = (nano / NANO).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = (nano % NANO).toString().padStart(9, "0").replace(/0+$/, "");
  return rest === "" ? whole : `${whole}.${rest}`;
}

export function planJson(plan: DeployPlan) {
  const { settings, steps, contracts, distributors, vestings } = plan;
  const at = (address: Address) => contractText(settings.network, address);
  return {
    network: settings.network,
    deployer: settings.deployer,
    steps: steps.map(({ name, what, to, value, cost, stateInit, body }) => ({
      name,
      what,
      to: at(to),
      value,
      cost,
      codeHash: stateInit?.code?.hash().toString("hex"),
      body: body?.toBoc().toString("base64"),
    })),
    funds: fundsFor(steps),
    contracts: Object.fromEntries(
      Object.entries(contracts).map(([name, address]) => [name, at(address)]),
    ),
    distributors: distributors.map(({ address, shard, amount }) => ({
      address: at(address),
      ...shard,
      amount,
    })),
    vestings: vestings.map(({ address, beneficiary, amount, ...each }) => ({
      address: at(address),
      for: each.for,
      beneficiary: walletText(settings.network, beneficiary),
      amount,
    })),
    roles: settings.roles,
    issuers: settings.issuers,
  };
}
