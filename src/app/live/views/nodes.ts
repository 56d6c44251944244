/** Nodes as their edge sees them: who is here, what each does and has done. */
import type { AttemptEnded, Join } from "../../../actors/edge/messages.ts";
import type { Assign } from "../../../actors/node/messages.ts";
import { type Address, kindOf } from "../../../kernel/address.ts";
import type { Delivery } from "../../../kernel/delivery.ts";
import type { View } from "../../../live/view.ts";

export interface Node {
  readonly node: Address;
  readonly edge: Address;
  owner: Address;
  slots: number;
  slotMflops: number;
  presence: "here" | "paused" | "away";
  /** When it last said anything, microseconds. */
  heardUs: number;
  /** Attempts that it holds or was offered. */
  readonly open: Set<string>;
  done: number;
  /** Attempts that it was offered and did not bring to an end. */
  lost: number;
}

export interface Nodes {
  readonly byAddress: Map<Address, Node>;
}

/** What people call it. */
export function stateOfNode({ presence, open }: Node): "idle" | "working" | "paused" | "away" {
  if (presence !== "here") return presence;
  return open.size > 0 ? "working" : "idle";
}

export const nodesView: View<Nodes> = {
  name: "nodes",
  version: 1,
  empty: () => ({ byAddress: new Map() }),
  fold: (view, { actor, delivery, step }) => {
    if (kindOf(actor) !== "edge") return view;
    if (kindOf(delivery.from) === "node") heard(view, actor, delivery);
    if (delivery.type === "LeaseExpired") {
      expire(view, (delivery.message as { readonly attempt?: string }).attempt ?? "");
    }
    for (const command of step.commands) {
      if (command.command !== "Send" || command.message.type !== "Assign") continue;
      view.byAddress.get(command.to)?.open.add((command.message as Assign).attempt);
    }
    return view;
  },
  save: ({ byAddress }) =>
    [...byAddress.values()].map((node) => ({ ...node, open: [...node.open] })),
  load: (saved) => {
    type Saved = Omit<Node, "open"> & { readonly open: ReadonlyArray<string> };
    const nodes = (saved as ReadonlyArray<Saved>).map((each) => ({
      ...each,
      open: new Set(each.open),
    }));
    return { byAddress: new Map(nodes.map((node) => [node.node, node])) };
  },
};

function heard(view: Nodes, edge: Address, { from, message, atUs }: Delivery): void {
  if (message.type === "Join") join(view, edge, from, message as Join);
  const node = view.byAddress.get(from);
  if (node === undefined) return;
  node.heardUs = atUs;
  switch (message.type) {
    case "NodePaused":
      node.presence = "paused";
      break;
    case "NodeResumed":
      node.presence = "here";
      break;
    case "NodeLeft":
      node.presence = "away";
      node.open.clear();
      break;
    case "AttemptEnded":
      endAttempt(node, message as AttemptEnded);
      break;
  }
}

function join(view: Nodes, edge: Address, at: Address, { owner, slots, slotMflops }: Join): void {
  const known = view.byAddress.get(at);
  if (known === undefined || known.edge !== edge) {
    view.byAddress.set(at, {
      node: at,
      edge,
      owner,
      slots,
      slotMflops,
      presence: "here",
      heardUs: 0,
      open: new Set(),
      done: known?.done ?? 0,
      lost: known?.lost ?? 0,
    });
    return;
  }
  Object.assign(known, { owner, slots, slotMflops, presence: "here" });
  known.open.clear();
}

function endAttempt(node: Node, { attempt, outcome }: AttemptEnded): void {
  if (!node.open.delete(attempt)) return;
  if (outcome === "done") node.done++;
  else node.lost++;
}

function expire(view: Nodes, attempt: string): void {
  for (const node of view.byAddress.values()) {
    if (node.open.delete(attempt)) node.lost++;
  }
}
