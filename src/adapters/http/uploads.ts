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

  /** Reads the body and hands it to `use`; its bytes count until that is done. */
  async read<A>(source: IncomingMessage, use: (bytes: Uint8Array) => Promise<A>): Promise<A> {
    const held = { bytes: 0 };
    try {
      return await use(await this.collect(source, held));
    } finally {
      this.underWay -= held.bytes;
    }
  }

  private collect(source: IncomingMessage, held: { bytes: number }): Promise<Uint8Array> {
    const { maxBlobBytes, maxUploadBytes } = this.limits;
    return new Promise((resolve, reject) => {
      const pieces: Array<Uint8Array> = [];
      const end = (settle: () => void) => {
        source.off("data", take).off("end", done).off("error", broken).off("close", broken);
        settle();
      };
      const take = (piece: Uint8Array) => {
        held.bytes += piece.length;
        this.underWay += piece.length;
        if (held.bytes > maxBlobBytes) end(() => reject(new Refused(tooLarge(maxBlobBytes))));
        else if (this.underWay > maxUploadBytes) end(() => reject(crowded()));
        else pieces.push(piece);
      };
      const done = () => end(() => resolve(Buffer.concat(pieces)));
      const broken = () => end(() => reject(brokenOff()));
      source.on("data", take).on("end", done).on("error", broken).on("close", broken);
    });
  }
}

function crowded(): Refused {
  const words = "too many uploads are under way together; try again in a few seconds";
  return refuse(503, "crowded", words, { retryAfterS: 5 });
}

function brokenOff(): Refused {
  return refuse(400, "unreadable", "the upload broke off; send it again");
}
