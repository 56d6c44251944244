/** Reads a heap snapshot of this process: which kinds of objects hold how many bytes. */
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeHeapSnapshot } from "node:v8";
import { markdown } from "./report.ts";

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: ReadonlyArray<string>;
      readonly node_types: ReadonlyArray<ReadonlyArray<string> | string>;
      readonly edge_fields: ReadonlyArray<string>;
      readonly edge_types: ReadonlyArray<ReadonlyArray<string> | string>;
    };
  };
  readonly nodes: ReadonlyArray<number>;
  readonly edges: ReadonlyArray<number>;
  readonly strings: ReadonlyArray<string>;
}

const ROWS = 40;

/** A table of the heaviest kinds, in bytes per `nodes`. */
export function weighSnapshot(nodes: number): string {
  const path = join(tmpdir(), `pingo-${process.pid}.heapsnapshot`);
  writeHeapSnapshot(path);
  try {
    return weightsOf(JSON.parse(readFileSync(path, "utf8")) as Snapshot, nodes);
  } finally {
    rmSync(path, { force: true });
  }
}

function weightsOf(snapshot: Snapshot, nodes: number): string {
  const { meta } = snapshot.snapshot;
  const width = meta.node_fields.length;
  const field = (name: string) => meta.node_fields.indexOf(name);
  const [typeAt, nameAt, sizeAt] = [field("type"), field("name"), field("self_size")] as const;
  const types = meta.node_types[typeAt] as ReadonlyArray<string>;
  const holders = firstHolders(snapshot);
  const weights = new Map<string, { bytes: number; count: number }>();
  const nameOf = (at: number) => {
    const type = types[snapshot.nodes[at + typeAt]!]!;
    const long = snapshot.strings[snapshot.nodes[at + nameAt]!]!;
    return type.includes("string") ? type : `${type} ${long.slice(0, 40)}`;
  };
  for (let at = 0; at < snapshot.nodes.length; at += width) {
    const holder = holders.get(at);
    const name =
      holder === undefined ? nameOf(at) : `${nameOf(at)} ← ${holder.edge} of ${nameOf(holder.at)}`;
    const weight = weights.get(name) ?? { bytes: 0, count: 0 };
    weight.bytes += snapshot.nodes[at + sizeAt]!;
    weight.count += 1;
    weights.set(name, weight);
  }
  const rows = [...weights].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, ROWS);
  return markdown([
    ["what", "bytes a node", "objects a node"],
    ...rows.map(([name, { bytes, count }]) => [
      name.replaceAll("|", "/"),
      (bytes / nodes).toFixed(1),
      (count / nodes).toFixed(2),
    ]),
  ]);
}

/** For each object one that points to it, by which property. Weak pointers hold nothing. */
function firstHolders(snapshot: Snapshot): Map<number, { at: number; edge: string }> {
  const { meta } = snapshot.snapshot;
  const width = meta.node_fields.length;
  const countAt = meta.node_fields.indexOf("edge_count");
  const edgeWidth = meta.edge_fields.length;
  const types = meta.edge_types[0] as ReadonlyArray<string>;
  const holders = new Map<number, { at: number; edge: string }>();
  let e = 0;
  for (let at = 0; at < snapshot.nodes.length; at += width) {
    const count = snapshot.nodes[at + countAt]!;
    for (let i = 0; i < count; i++, e += edgeWidth) {
      const type = types[snapshot.edges[e]!]!;
      const to = snapshot.edges[e + 2]!;
      if (type === "weak" || holders.has(to)) continue;
      const name = snapshot.edges[e + 1]!;
      const byIndex = type === "element" || type === "hidden";
      holders.set(to, { at, edge: byIndex ? "[]" : snapshot.strings[name]!.slice(0, 30) });
    }
  }
  return holders;
}
