/** Who is kept out, with the reason that they are told. Read again when the file changes. */
import { existsSync, statSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { Schema } from "effect";
import { refuse } from "../../adapters/http/problem.ts";
import { readText } from "../files.ts";
import { CommandError } from "../outcome.ts";
import { writePrivate } from "./private-file.ts";

const Denial = Schema.Struct({
  kind: Schema.Literal("address", "token", "contributor", "node", "edge"),
  /** An address or a network such as 10.0.0.0/8, a token's id, a contributor's id, a machine's. */
  value: Schema.String,
  reason: Schema.String,
  sinceUs: Schema.Int,
  /** null: until it is taken from the list. */
  untilUs: Schema.NullOr(Schema.Int),
});
export type Denial = typeof Denial.Type;

const DenialFile = Schema.parseJson(
  Schema.Struct({ version: Schema.Literal(1), denials: Schema.Array(Denial) }),
);

export class DenyList {
  private readonly path: string;
  private readAt = "";
  private denials: ReadonlyArray<Denial> = [];
  /** Addresses are looked up at every request: made once for each state of the file. */
  private networks: ReadonlyArray<{ readonly denial: Denial; readonly block: BlockList }> = [];

  constructor(path: string) {
    this.path = path;
  }

  list(): ReadonlyArray<Denial> {
    this.refresh();
    return this.denials;
  }

  add(denial: Denial): void {
    if (denial.kind === "address") blockOf(denial.value);
    this.refresh();
    const others = this.denials.filter((each) => !isSame(each, denial));
    this.write([...others, denial]);
  }

  /** False when it was not on the list. */
  remove(kind: Denial["kind"], value: string): boolean {
    this.refresh();
    const others = this.denials.filter((each) => !isSame(each, { kind, value }));
    if (others.length === this.denials.length) return false;
    this.write(others);
    return true;
  }

  /** Throws with the reason. */
  check(kind: Denial["kind"], value: string, nowUs: number): void {
    this.refresh();
    const found =
      kind === "address"
        ? this.networks.find(({ block }) => holds(block, value))?.denial
        : this.denials.find((each) => isSame(each, { kind, value }));
    if (found === undefined || (found.untilUs !== null && nowUs >= found.untilUs)) return;
    const until =
      found.untilUs === null ? "" : ` until ${new Date(found.untilUs / 1_000).toISOString()}`;
    throw refuse(403, "denied", `this ${kind} is kept out${until}: ${found.reason}`);
  }

  private refresh(): void {
    const stamp = existsSync(this.path) ? stampOf(this.path) : "";
    if (stamp === this.readAt) return;
    this.denials = stamp === "" ? [] : read(this.path);
    this.networks = this.denials
      .filter(({ kind }) => kind === "address")
      .map((denial) => ({ denial, block: blockOf(denial.value) }));
    this.readAt = stamp;
  }

  private write(denials: ReadonlyArray<Denial>): void {
    writePrivate(this.path, Schema.encodeSync(DenialFile)({ version: 1, denials }));
    this.refresh();
  }
}

function isSame(a: Pick<Denial, "kind" | "value">, b: Pick<Denial, "kind" | "value">): boolean {
  return a.kind === b.kind && a.value === b.value;
}

function stampOf(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${ino}:${mtimeMs}:${size}`;
}

function read(path: string): ReadonlyArray<Denial> {
  try {
    return Schema.decodeSync(DenialFile)(readText(path, "the deny list")).denials;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} is no deny list; put back a copy or delete it`, {
      code: "deny-list",
      field: path,
    });
  }
}

function blockOf(value: string): BlockList {
  const [address = "", bits] = value.split("/");
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
    throw new CommandError(
      `${value} is no address; give one such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32`,
      { code: "deny-list", field: value },
    );
  }
  const block = new BlockList();
  block.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  return block;
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

function holds(block: BlockList, remote: string): boolean {
  const address = mapped.exec(remote)?.[1] ?? remote;
  const family = isIP(address);
  return family !== 0 && block.check(address, family === 4 ? "ipv4" : "ipv6");
}
