/**
 * Bodies of uploads, read piece by piece: one that is too large is let go of at once, and all that
 * are under way share a limit. The connection stays open for the answer that says so.
 */
import type { IncomingMessage } from "node:http";
import { Refused, refuse } from "./problem.ts";
import { tooLarge } from "./respond.ts";

export interface UploadLimits {
  readonly maxBlobBytes: number;
  /** Of all uploads that are under way together. */
  readonly maxUploadBytes: number;
}

export class Uploads {
  private readonly limits: UploadLimits;
  private underWay = 0;

  constructor(limits: UploadLimits) {
    this.limits = limits;
  }

  /** Hands the body on as it comes; its bytes count until `use` is done with it. */
  async read<A>(
    source: IncomingMessage,
    use: (pieces: AsyncIterable<Uint8Array>) => Promise<A>,
  ): Promise<A> {
    const held = { bytes: 0 };
    try {
      return await use(this.pieces(source, held));
    } finally {
      this.underWay -= held.bytes;
    }
  }

  private async *pieces(
    source: IncomingMessage,
    held: { bytes: number },
  ): AsyncGenerator<Uint8Array> {
    const { maxBlobBytes, maxUploadBytes } = this.limits;
    try {
      for await (const each of source.iterator({ destroyOnReturn: false })) {
        const piece = each as Uint8Array;
        held.bytes += piece.length;
        this.underWay += piece.length;
        if (held.bytes > maxBlobBytes) throw new Refused(tooLarge(maxBlobBytes));
        if (this.underWay > maxUploadBytes) throw crowded();
        yield piece;
      }
    } catch (error) {
      throw error instanceof Refused ? error : brokenOff();
    }
  }
}

function crowded(): Refused {
  const words = "too many uploads are under way together; try again in a few seconds";
  return refuse(503, "crowded", words, { retryAfterS: 5 });
}

function brokenOff(): Refused {
  return refuse(400, "unreadable", "the upload broke off; send it again");
}
