import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyPairFromSeed, mnemonicToPrivateKey, sign as signInJs } from "@ton/crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BadTonKey,
  createKeyFile,
  findKey,
  isSignedBy,
  keyOfSeed,
  keyOfText,
  readKeyFile,
  walletOf,
} from "./keys.ts";

const SEED = Buffer.alloc(32, 7);
const HEX = SEED.toString("hex");

describe("Keys", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pingo-keys-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const fileOf = async (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };
  const refused = async (what: Promise<unknown>) => {
    const error = await what.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(BadTonKey);
    return (error as BadTonKey).message;
  };

  test("any seed: the public key and signature are those of the library that wallets use", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array(),
        (seed, text) => {
          const ours = keyOfSeed(seed);
          const theirs = keyPairFromSeed(Buffer.from(seed));
          expect(ours.publicKey).toEqual(theirs.publicKey);
          const signature = ours.sign(text);
          expect(signature).toEqual(signInJs(Buffer.from(text), theirs.secretKey));
          expect(isSignedBy(ours.publicKey, text, signature)).toBe(true);
          expect(isSignedBy(ours.publicKey, Buffer.concat([text, seed]), signature)).toBe(false);
        },
      ),
      { numRuns: 10 },
    );
  });

  test("a signature or key of the wrong length is no signature", () => {
    const { publicKey, sign } = keyOfSeed(SEED);
    expect(isSignedBy(publicKey, SEED, sign(SEED).subarray(1))).toBe(false);
    expect(isSignedBy(publicKey.subarray(1), SEED, sign(SEED))).toBe(false);
  });

  test("a file of digits and one of words, with line ends and capitals", async () => {
    const digits = await readKeyFile(await fileOf("digits", `${HEX.toUpperCase()}\n`));
    expect(digits.publicKey).toEqual(keyPairFromSeed(SEED).publicKey);
    const made = await createKeyFile(join(folder, "words"), "words");
    const text = (await readFile(join(folder, "words"), "utf8")).trim();
    const theirs = await mnemonicToPrivateKey(text.split(" "));
    expect(made.publicKey).toEqual(theirs.publicKey);
    const lines = await fileOf("lines", text.toUpperCase().replaceAll(" ", "\r\n"));
    expect((await readKeyFile(lines)).publicKey).toEqual(theirs.publicKey);
  });

  test("a made key's file is its owner's only and is never replaced", async () => {
    const path = join(folder, "made");
    const key = await createKeyFile(path, "digits");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await refused(createKeyFile(path, "digits"))).toContain("is there already");
    expect((await readKeyFile(path)).publicKey).toEqual(key.publicKey);
    const nowhere = join(folder, "no", "such");
    expect(await refused(createKeyFile(nowhere, "digits"))).toContain("check the path");
  });

  test.skipIf(process.platform === "win32")(
    "a file that others may read or write is refused, however it was meant",
    async () => {
      for (const mode of [0o644, 0o640, 0o604, 0o620, 0o666]) {
        const path = await fileOf(`open-${mode}`, HEX, mode);
        const why = await refused((async () => readKeyFile(path))());
        expect(why).toContain(`(mode ${mode.toString(8)}): run chmod 600 ${path}`);
        expect(why).not.toContain(HEX);
      }
      expect((await readKeyFile(await fileOf("read-only", HEX, 0o400))).publicKey).toHaveLength(32);
    },
  );

  test("what is no key is refused in a sentence that never shows it", async () => {
    const said = async (text: string) => {
      const why = await refused(keyOfText(text, "the file"));
      expect(why).not.toContain(text);
      return why;
    };
    expect(await said("secretsecret")).toContain("24 words or 64 hexadecimal digits");
    expect(await said(HEX.slice(2))).toContain("64 hexadecimal digits");
    expect(await said("abandon ability able")).toContain("holds 3 words");
    expect(await said(Array.from({ length: 24 }, () => "abandon").join(" "))).toContain(
      "belong to no wallet",
    );
    const words = Array.from({ length: 24 }, () => "notaword").join(" ");
    expect(await said(words)).toContain("belong to no wallet");
    const missing = (async () => readKeyFile(join(folder, "missing")))();
    expect(await refused(missing)).toContain("check the path");
    const film = await fileOf("film", "x".repeat(5_000));
    expect(await refused((async () => readKeyFile(film))())).toContain("too large");
  });

  test("named file before the variable, the variable before the variable's file", async () => {
    const named = await fileOf("named", "01".repeat(32));
    const other = await fileOf("other", "02".repeat(32));
    const variable = "PINGO_TON_KEY";
    const key = (n: number) => keyOfSeed(Buffer.alloc(32, n)).publicKey;
    const both = { [variable]: "03".repeat(32), [`${variable}_FILE`]: other };
    const found = async (file: string | undefined, environment: Record<string, string>) =>
      (await findKey({ file, environment, variable })).publicKey;
    expect(await found(named, both)).toEqual(key(1));
    expect(await found(undefined, both)).toEqual(key(3));
    expect(await found(undefined, { [`${variable}_FILE`]: other })).toEqual(key(2));
    expect(await refused(found(undefined, {}))).toContain("set PINGO_TON_KEY_FILE");
  });

  test("a key's wallet is another one on each network: no signature is of use on two", () => {
    const key = keyOfSeed(SEED);
    const at = (["local", "testnet", "mainnet"] as const).map((network) =>
      walletOf(key, network).address.toRawString(),
    );
    expect(new Set(at).size).toBe(3);
  });
});
