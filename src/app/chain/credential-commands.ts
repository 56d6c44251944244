/** `pingo chain credential show|claim`: the badge of a wallet, and the voucher that makes it. */
import { Address, Cell } from "@ton/core";
import { Schema } from "effect";
import { presentValue } from "../../adapters/ton/message-values.ts";
import { Collection, CredentialItem } from "../../adapters/ton/wrappers/credential.ts";
import { readText } from "../files.ts";
import { asked } from "../job/asked.ts";
import { CommandError, type Exit } from "../outcome.ts";
import {
  type Action,
  accountFor,
  act,
  type Desk,
  type Here,
  look,
  type Nothing,
  walletShown,
} from "./act.ts";
import type { ChainFlags } from "./hand.ts";

const DAY_S = 86_400;
const GRANT = 0x47525431;
const day = (epoch: number) => new Date(epoch * DAY_S * 1_000).toISOString().slice(0, 10);

export function showCredential(named: string | undefined, flags: ChainFlags): Promise<Exit> {
  return look(flags, async (here) => shownOf(here, await accountFor(flags, here.folder, named)));
}

async function shownOf(here: Here, wallet: Address) {
  const { item, credential } = await credentialOf(here, wallet);
  const who = walletShown(here, wallet);
  if (credential === undefined) {
    const lines = [`${who} has no credential.`];
    return { json: { wallet: who, state: "none", credential: here.text(item) }, lines };
  }
  const { status, tier, epoch, since, validUntil, isLive } = credential;
  const state = isLive ? "valid" : status === "held" ? "lapsed" : status;
  return {
    json: { wallet: who, credential: here.text(item), state, tier, epoch, since, validUntil },
    lines: [
      `${who}: ${state}`,
      `  tier ${tier}, contributed since ${day(since)}, last on ${day(epoch)}`,
      `  ${isLive ? "valid" : "was valid"} until ${new Date(validUntil * 1_000).toISOString()}`,
      `  ${here.text(item)}`,
    ],
  };
}

async function credentialOf(here: Here, wallet: Address) {
  const collection = here.open(new Collection(here.deployment.contracts.collection));
  const item = await collection.getItemAddress(wallet);
  return { item, credential: await here.open(new CredentialItem(item)).getCredential() };
}

/** A message for the owner's wallet, as the gateway shows it. */
const VoucherFile = Schema.Struct({
  to: Schema.String,
  value: Schema.optional(Schema.String),
  body: Schema.String,
});

export interface ClaimFlags extends ChainFlags {
  readonly voucher?: string;
  readonly url?: string;
}

export function claimCredential(flags: ClaimFlags): Promise<Exit> {
  return act(flags, async (desk) => {
    const given = await voucherFor(flags);
    if (given === undefined) return noVoucher(desk);
    const { to, body } = given;
    const { collection } = desk.deployment.contracts;
    if (!Address.parse(to).equals(collection)) {
      throw bad(
        `the voucher is for the collection ${to}, and this network's is another; get a new one`,
      );
    }
    const cell = cellOf(body);
    const voucher = grantIn(cell);
    const mine = await credentialOf(desk, desk.wallet);
    if (voucher !== undefined) {
      if (!voucher.owner.equals(desk.wallet)) {
        const owner = walletShown(desk, voucher.owner);
        throw bad(`the voucher was made for ${owner}; sign with that wallet's key by --key-file`);
      }
      if ((await desk.now()) > voucher.validUntil) {
        throw bad("the voucher has expired; ask the network for a new one");
      }
      if ((mine.credential?.epoch ?? -1) >= voucher.epoch) {
        const { json, lines } = await shownOf(desk, desk.wallet);
        const said = "This voucher was used already: nothing was sent.";
        return { nothing: { json: { ...json, sent: false }, lines: [said, ...lines] } };
      }
    }
    const before = mine.credential?.epoch ?? -1;
    const action: Action = {
      what: "present the voucher of your credential",
      message: { to: collection, value: presentValue(desk.prices), body: cell },
      after: async () => {
        const { item } = mine;
        const isNewer = async () => {
          const now = await desk.open(new CredentialItem(item)).getCredential();
          return now !== undefined && now.epoch > before;
        };
        if (!(await desk.becomes(isNewer))) {
          throw bad(
            "the voucher was taken and the credential is as before; look at it again later",
          );
        }
        return shownOf(desk, desk.wallet);
      },
    };
    return action;
  });
}

const bad = (message: string) => new CommandError(message, { code: "voucher", field: "voucher" });

async function voucherFor({ voucher: file, url }: ClaimFlags) {
  if (file !== undefined) {
    const parsed = Schema.decodeUnknownEither(Schema.parseJson(VoucherFile))(
      readText(file, "the voucher"),
    );
    if (parsed._tag === "Right") return parsed.right;
    throw bad(`${file} is no voucher; it is JSON with "to" and "body", as the gateway shows it`);
  }
  const status = await asked(url === undefined ? {} : { url }, (pingo) => pingo.wallet());
  if (status.wallet === null)
    throw bad("no wallet is linked to you; link one with pingo chain credential link");
  return status.voucher ?? status.move ?? undefined;
}

/** The network shows a voucher until it has seen the credential that was made with it. */
async function noVoucher(desk: Desk): Promise<Nothing> {
  const { json, lines } = await shownOf(desk, desk.wallet);
  if (json.state !== "valid") {
    throw bad("the network has no voucher for you yet; it makes one when your work was verified");
  }
  const said = "Your credential is made and no voucher is waiting: nothing was sent.";
  return { nothing: { json: { ...json, sent: false }, lines: [said, ...lines] } };
}

function cellOf(body: string): Cell {
  try {
    return Cell.fromBase64(body);
  } catch {
    throw bad("the voucher's body is no bag of cells; copy it whole");
  }
}

/** What the voucher in a message grants; undefined for one that moves a credential. */
function grantIn(body: Cell) {
  const voucher = body.refs[1];
  if (voucher === undefined) throw bad("the voucher's body holds no voucher; copy it whole");
  const slice = voucher.beginParse();
  if (slice.loadUint(32) !== GRANT) return undefined;
  slice.loadAddress();
  const owner = slice.loadAddress();
  slice.skip(8);
  return { owner, epoch: slice.loadUint(32), validUntil: slice.loadUint(32) };
}
