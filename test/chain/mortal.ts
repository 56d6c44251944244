/**
 * A process that is killed. Between two dealings with the world nothing else happens, so killing it
 * after each of them in turn tries every moment at which it can be killed.
 */
import type { ChainTransport } from "../../src/adapters/ton/transport.ts";
import type { Journal } from "../../src/live/journal.ts";

export class Death extends Error {}

export class Mortal {
  private left: number;

  /** Dies after so many dealings, and does nothing from then on. */
  constructor(dealings: number) {
    this.left = dealings;
  }

  get isDead(): boolean {
    return this.left <= 0;
  }

  chain(chain: ChainTransport): ChainTransport {
    return {
      sendBoc: (boc) => this.deal(() => chain.sendBoc(boc)),
      runGetMethod: (at, name, args) => this.deal(() => chain.runGetMethod(at, name, args)),
      getAddressInformation: (at) => this.deal(() => chain.getAddressInformation(at)),
      getTransactions: (at, page) => this.deal(() => chain.getTransactions(at, page)),
    };
  }

  journal(journal: Journal): Journal {
    return {
      append: (expected, records) => this.deal(() => journal.append(expected, records)),
      compact: (snapshot) => this.deal(() => journal.compact(snapshot)),
      read: (from) => journal.read(from),
      latest: () => journal.latest(),
      close: () => journal.close(),
    };
  }

  private async deal<T>(work: () => Promise<T>): Promise<T> {
    this.left -= 1;
    if (this.left < 0) throw new Death();
    const done = await work();
    if (this.left === 0) throw new Death();
    return done;
  }
}

/** The chain's methods as values, so that a test can put its own in place of one. */
export function bound(chain: ChainTransport): ChainTransport {
  return {
    sendBoc: (boc) => chain.sendBoc(boc),
    runGetMethod: (at, name, args) => chain.runGetMethod(at, name, args),
    getAddressInformation: (at) => chain.getAddressInformation(at),
    getTransactions: (at, page) => chain.getTransactions(at, page),
  };
}
