/**
 * What was believed on one owner's word. When that owner is proven wrong its last results are
 * executed again: a host that was honest until it was trusted, and lies ever after, is caught after
 * about 1/(q(1-f)) lies, so a memory much longer than that finds them all (docs/decisions/0011).
 */
import type { Address } from "../../kernel/address.ts";
import { type Command, send } from "../../kernel/command.ts";
import type { Recheck } from "../edge/messages.ts";
import type { JudgedWork } from "./messages.ts";
import { type Doubt, type Solo, type Told, type VerifierContext, withVerifier } from "./state.ts";

/** Solo results that are kept of each owner. */
export const SOLO_KEPT = 512;

function slotOf(owner: Address, count: number): string {
  return `${owner} ${count % SOLO_KEPT}`;
}

export function remember<S>(
  context: VerifierContext<S>,
  owner: Address,
  solo: Solo,
): VerifierContext<S> {
  const count = context.soloCount.get(owner) ?? 0;
  return withVerifier(context, {
    solo: context.solo.set(slotOf(owner, count), solo),
    soloCount: context.soloCount.set(owner, count + 1),
  });
}

/** The owner was proven wrong: its last solo results are in doubt and are executed again. */
export function backtrack<S>(
  context: VerifierContext<S>,
  owner: Address,
): { readonly context: VerifierContext<S>; readonly commands: ReadonlyArray<Command> } {
  const count = context.soloCount.get(owner) ?? 0;
  const works: Array<JudgedWork> = [];
  let { solo, doubts } = context;
  for (let n = Math.max(0, count - SOLO_KEPT); n < count; n++) {
    const slot = slotOf(owner, n);
    const found = solo.get(slot);
    if (found === undefined) continue;
    solo = solo.delete(slot);
    const { content } = found.work;
    const known = doubts.get(content);
    doubts = doubts.set(content, withTold(known, found.told));
    if (known === undefined) works.push(found.work);
  }
  const soloCount = context.soloCount.delete(owner);
  return {
    context: withVerifier(context, { solo, soloCount, doubts }),
    commands: rechecks(works, [owner]),
  };
}

function withTold(doubt: Doubt | undefined, told: ReadonlyArray<Told>): Doubt {
  return { told: [...(doubt?.told ?? []), ...told], accused: doubt?.accused ?? [] };
}

/** Asks the edges to have contents executed again by others than `exclude`. */
export function rechecks(
  works: ReadonlyArray<JudgedWork>,
  exclude: ReadonlyArray<Address>,
): ReadonlyArray<Command> {
  const alike = new Map<string, Array<JudgedWork>>();
  for (const work of works) {
    const { edge, memoryMib, inputBytes, outputBytes } = work;
    const kind = `${edge} ${memoryMib} ${inputBytes} ${outputBytes}`;
    const others = alike.get(kind);
    if (others === undefined) alike.set(kind, [work]);
    else others.push(work);
  }
  const commands: Array<Command> = [];
  for (const some of alike.values()) {
    const [{ edge, memoryMib, inputBytes, outputBytes }] = some as [JudgedWork];
    const recheck: Recheck = {
      type: "Recheck",
      contents: some.map(({ content }) => content),
      tasks: some.map(({ mflop }) => mflop),
      inputBytes,
      outputBytes,
      memoryMib,
      exclude,
    };
    commands.push(send(edge, recheck));
  }
  return commands;
}
