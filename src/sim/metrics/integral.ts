/** A quantity that steps, integrated over virtual time: exact means of busy slots and the like. */
export class Integral {
  private level = 0;
  private area = 0;
  private lastUs: number;
  private readonly firstUs: number;

  constructor(nowUs: number) {
    this.lastUs = nowUs;
    this.firstUs = nowUs;
  }

  add(nowUs: number, change: number): void {
    this.area += this.level * (nowUs - this.lastUs);
    this.lastUs = nowUs;
    this.level += change;
  }

  get now(): number {
    return this.level;
  }

  /** Level times microseconds since the start. */
  until(nowUs: number): number {
    return this.area + this.level * (nowUs - this.lastUs);
  }

  mean(nowUs: number): number {
    return nowUs === this.firstUs ? 0 : this.until(nowUs) / (nowUs - this.firstUs);
  }
}
