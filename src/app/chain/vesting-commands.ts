/** `pingo chain vesting show|release`: what vests to whom, and taking out what has. */
import { parseAddress } from "../../adapters/ton/addresses.ts";
import type { PlannedVesting } from "../../adapters/ton/deploy-plan.ts";
import { releaseValue } from "../../adapters/ton/message-values.ts";
import { Vesting } from "../../adapters/ton/wrappers/vesting.ts";
import { CommandError, type Exit } from "../outcome.ts";
import { tableLines } from "../terminal/table.ts";
import { type Action, act, type Desk, type Here, look, type Nothing, walletShown } from "./act.ts";
import { pingoOf } from "./claim-command.ts";
import type { ChainFlags } from "./hand.ts";
import { inPingo } from "./plan-text.ts";

const right = (title: string) => ({ title, align: "right" }) as const;
const day = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 10);

export function showVestings(flags: ChainFlags): Promise<Exit> {
  return look(flags, async (here) => {
    const rows = await Promise.all(here.deployment.vestings.map((each) => rowOf(here, each)));
    const columns = [
      { title: "for" },
      { title: "beneficiary" },
      right("PINGO"),
      right("vested"),
      right("released"),
      { title: "from" },
      { title: "until" },
      { title: "contract" },
    ];
    const lines = rows.map((row) => [
      row.for,
      row.beneficiary,
      inPingo(row.total),
      inPingo(row.vested),
      inPingo(row.released),
      day(row.cliffAt),
      day(row.endsAt),
      row.address,
    ]);
    return { json: { vestings: rows }, lines: tableLines(columns, lines) };
  });
}

async function rowOf(here: Here, { address, beneficiary, ...each }: PlannedVesting) {
  const { start, cliff, duration, ...data } = await here.open(new Vesting(address)).getData();
  const { total, released, vested } = data;
  return {
    for: each.for,
    address: here.text(address),
    beneficiary: walletShown(here, beneficiary),
    total,
    released,
    vested,
    cliffAt: start + cliff,
    endsAt: start + duration,
  };
}

export interface ReleaseFlags extends ChainFlags {
  readonly vesting?: string;
}

export function release(flags: ReleaseFlags): Promise<Exit> {
  const prepare = async (desk: Desk): Promise<Action | Nothing> => {
    const at = vestingFor(desk, flags.vesting);
    const vesting = desk.open(new Vesting(at.address));
    const { vested, released, start, cliff } = await vesting.getData();
    const due = vested - released;
    if (due <= 0n) {
      const opens = start + cliff;
      const when = (await desk.now()) < opens ? `; the first vests on ${day(opens)}` : "";
      const words = `Nothing has vested since the last release${when}: nothing was sent.`;
      return { nothing: { json: { sent: false, vested, released }, lines: [words] } };
    }
    return {
      what: `release about ${inPingo(due)} PINGO`,
      message: { to: at.address, value: releaseValue(desk.prices), body: Vesting.releaseBody() },
      after: async () => {
        const isOut = async () => (await vesting.getData()).released > released;
        if (!(await desk.becomes(isOut))) {
          throw new CommandError("nothing was released; the coins came back, try again");
        }
        const paid = (await vesting.getData()).released - released;
        const balance = await pingoOf(desk, desk.wallet);
        const words = `Released ${inPingo(paid)} PINGO; the wallet has ${inPingo(balance)}.`;
        return { json: { sent: true, paid, balance }, lines: [words] };
      },
    };
  };
  // a vesting is for the operator unless the settings say otherwise
  return act(flags, prepare, "operator");
}

function vestingFor({ deployment, wallet, text }: Desk, named: string | undefined): PlannedVesting {
  const mine = deployment.vestings.filter(({ beneficiary }) => beneficiary.equals(wallet));
  const wanted = named === undefined ? undefined : parseAddress(named, "vesting");
  const [found, ...more] =
    wanted === undefined ? mine : mine.filter(({ address }) => address.equals(wanted));
  if (found === undefined) {
    throw new CommandError(
      "nothing vests to this wallet; sign with the beneficiary's key by --key-file",
      { code: "vesting", field: "key-file" },
    );
  }
  if (more.length > 0) {
    const all = mine.map(({ address }) => text(address));
    throw new CommandError(
      `several vest to this wallet; name one by --vesting: ${all.join(", ")}`,
      {
        code: "vesting",
        field: "vesting",
        allowed: all,
      },
    );
  }
  return found;
}
