/** The few things that were used last; what has to go is let go of. */
export class Recent<V> {
  private readonly most: number;
  private readonly letGo: (value: V) => Promise<void>;
  private readonly held = new Map<string, V>();

  constructor(most: number, letGo: (value: V) => Promise<void>) {
    this.most = most;
    this.letGo = letGo;
  }

  async get(key: string, make: () => Promise<V>): Promise<V> {
    const there = this.held.get(key);
    if (there !== undefined) {
      // back to the end: the first is the one that was not used for longest
      this.held.delete(key);
      this.held.set(key, there);
      return there;
    }
    for (const [old, value] of [...this.held].slice(
      0,
      Math.max(0, this.held.size - this.most + 1),
    )) {
      this.held.delete(old);
      await this.letGo(value);
    }
    const made = await make();
    this.held.set(key, made);
    return made;
  }
}
