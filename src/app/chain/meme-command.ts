/** `pingo chain meme create`: a jetton of fixed supply that nobody administers. */
import { existsSync, readFileSync } from "node:fs";
import { beginCell, type Cell } from "@ton/core";
import { memeValue } from "../../adapters/ton/message-values.ts";
import { sizeOf } from "../../adapters/ton/prices.ts";
import { inCoins } from "../../adapters/ton/sender.ts";
import { Minter } from "../../adapters/ton/wrappers/jetton.ts";
import { Factory, memeContent } from "../../adapters/ton/wrappers/memes.ts";
import { CommandError, type Exit } from "../outcome.ts";
import { act } from "./act.ts";
import { clientAt } from "./client-at.ts";
import type { ChainFlags } from "./hand.ts";

export interface MemeFlags extends ChainFlags {
  readonly name: string;
  readonly symbol: string;
  readonly picture: string;
  readonly description?: string;
  readonly supply: string;
  readonly salt: string;
}

const CREATE = 0x6d656d65;
const NANO = 1_000_000_000n;
const MOST_CELLS = 64;
const MOST_BITS = 42_000;
/** Amounts of the jetton's wallets have 120 bits; no explorer shows as many. */
const MOST_SUPPLY = 1_000_000_000_000_000n;

export function createMeme(flags: MemeFlags): Promise<Exit> {
  return act(flags, async (desk) => {
    const content = contentOf(flags);
    const supply = wholeIn(flags.supply, "supply", MOST_SUPPLY) * NANO;
    const salt = wholeIn(flags.salt, "salt", (1n << 64n) - 1n);
    if (supply === 0n) throw bad("a jetton needs a supply; give --supply above 0", "supply");
    const factory = desk.open(clientAt(Factory, desk.deployment.contracts.factory));
    const at = await factory.getMemeAddress(desk.wallet, { salt, content });
    const isThere = async () => (await desk.providerOf(at).getState()).state.type === "active";
    const shown = (words: string, sent: boolean) => ({
      json: { sent, jetton: desk.text(at), supply, name: flags.name, symbol: flags.symbol },
      lines: [words, `  ${desk.text(at)}`],
    });
    if (await isThere()) {
      const words = "You made this jetton before: nothing was sent. Another --salt makes another.";
      return { nothing: shown(words, false) };
    }
    const fee = await factory.getFee();
    const body = beginCell()
      .storeUint(CREATE, 32)
      .storeUint(0, 64)
      .storeUint(salt, 64)
      .storeCoins(supply)
      .storeRef(content)
      .endCell();
    const value = memeValue(desk.prices, sizeOf(content)) + fee;
    return {
      what: `make the jetton ${flags.symbol} for a fee of ${inCoins(fee)}`,
      message: { to: factory.address, value, body },
      after: async () => {
        if (!(await desk.becomes(isThere))) {
          throw bad("the jetton was not made; the coins came back, try again", "name");
        }
        await desk.open(new Minter(at)).getSupply();
        return shown(`${flags.name} (${flags.symbol}) is there, and all of it is yours.`, true);
      },
    };
  });
}

const bad = (message: string, field: string) => new CommandError(message, { code: "meme", field });

function contentOf({ name, symbol, picture, description }: MemeFlags): Cell {
  let content: Cell;
  try {
    content = memeContent({
      name,
      symbol,
      picture: pictureOf(picture),
      ...(description === undefined ? {} : { description }),
    });
  } catch (error) {
    throw bad(`${(error as Error).message}; give --name, --symbol and --picture`, "picture");
  }
  const { bits, cells } = sizeOf(content);
  if (cells <= MOST_CELLS && bits <= MOST_BITS) return content;
  throw bad(
    "picture and texts are too large; keep the picture below four KiB, or name its address",
    "picture",
  );
}

/** An address of a picture is kept as it is; a file's bytes go on the chain themselves. */
function pictureOf(given: string): string | Buffer {
  if (/^(https?|ipfs|tonstorage):\/\//.test(given)) return given;
  if (existsSync(given)) return readFileSync(given);
  throw bad(
    `there is no picture ${given}; name a file, or an address that begins with https://`,
    "picture",
  );
}

function wholeIn(text: string, field: string, most: bigint): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= most) return BigInt(text);
  throw bad(`${field} must be a whole number up to ${most}`, field);
}
