/** Who said what to whom: the sequence of message types of each (sender, receiver) pair. */

export class Talk {
  /** Types in the order of their delivery, by "sender > receiver". */
  readonly pairs = new Map<string, string[]>();
  deliveries = 0;

  note(from: string, to: string, type: string): void {
    this.deliveries++;
    const pair = `${from} > ${to}`;
    const types = this.pairs.get(pair);
    if (types === undefined) this.pairs.set(pair, [type]);
    else types.push(type);
  }
}

/** One line for each pair whose sequences are not the same; empty when all are. */
export function differences(one: Talk, other: Talk): ReadonlyArray<string> {
  const pairs = [...new Set([...one.pairs.keys(), ...other.pairs.keys()])].sort();
  return pairs.flatMap((pair) => {
    const first = one.pairs.get(pair) ?? [];
    const second = other.pairs.get(pair) ?? [];
    const length = Math.max(first.length, second.length);
    for (let i = 0; i < length; i++) {
      if (first[i] === second[i]) continue;
      return [`${pair}: ${first[i] ?? "nothing"} or ${second[i] ?? "nothing"} as number ${i + 1}`];
    }
    return [];
  });
}
