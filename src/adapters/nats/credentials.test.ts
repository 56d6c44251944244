import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "@nats-io/jwt";
import { createUser } from "@nats-io/nkeys";
import { afterAll, describe, expect, it } from "vitest";
import {
  credentialsText,
  parseCredentials,
  readCredentials,
  refusalOf,
  writeCredentials,
} from "./credentials.ts";
import { createTrust, issue, parseTrust, serverTrust, trustText } from "./trust.ts";

const folder = mkdtempSync(join(tmpdir(), "pingo-credentials-"));
afterAll(() => rmSync(folder, { recursive: true }));

const node = { role: "node", id: "n.1" } as const;

describe("Credentials", () => {
  it("written and read: the same, and nobody else may read the file", async () => {
    const credentials = await issue(createTrust(), node);
    const path = join(folder, "n1.creds");
    writeCredentials(path, credentials);
    expect(readCredentials(path)).toEqual(credentials);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("expired, and the server says only no: told apart from a key it never knew", async () => {
    const trust = createTrust();
    const no = new Error("Authorization Violation");
    const expires = Math.floor(Date.now() / 1_000) - 1;
    const past = await issue(trust, node, { expires });
    const later = await issue(trust, node, { expires: expires + 3_600 });
    const at = new Date(expires * 1_000).toISOString();
    expect(refusalOf(no, past)).toBe(`the token expired at ${at}`);
    for (const each of [later, await issue(trust, node), undefined]) {
      expect(refusalOf(no, each)).toBe(no.message);
    }
  });

  it("no file, no credentials, somebody else's key: one sentence without the secret", async () => {
    const trust = createTrust();
    const [mine, other] = [await issue(trust, node), await issue(trust, node)];
    const mixed = credentialsText({ ...mine, seed: other.seed });
    expect(() => readCredentials(join(folder, "none"))).toThrow(/cannot be read: check the path/);
    expect(() => parseCredentials("hello", "x")).toThrow(/is no credentials file/);
    expect(() => parseCredentials(mixed, "x")).toThrow(/do not belong together/);
    expect(() => parseCredentials(mixed, "x")).not.toThrow(new RegExp(other.seed));
    const damaged = credentialsText({ ...mine, jwt: `${mine.jwt.slice(0, -9)}AAAAAAAAA` });
    expect(() => parseCredentials(damaged, "x")).toThrow(/is damaged/);
  });

  it("a key of one's own: the operator's token is for it, and holds no seed", async () => {
    const publicKey = createUser().getPublicKey();
    const { jwt, seed } = await issue(createTrust(), node, { publicKey, expires: 2_000_000_000 });
    const claims = decode(jwt);
    expect(claims.sub).toBe(publicKey);
    expect(claims.exp).toBe(2_000_000_000);
    expect(seed).toBe("");
  });
});

describe("Trust", () => {
  it("kept and read again: makes the same accounts", async () => {
    const trust = createTrust("testnet");
    const again = parseTrust(trustText(trust), "trust.json");
    expect(again).toEqual(trust);
    const key = /^system_account: (\S+)$/m;
    const [one, other] = [await serverTrust(trust, "/a"), await serverTrust(again, "/a")];
    expect(key.exec(one)?.[1]).toBe(key.exec(other)?.[1]);
  });

  it("the server's part: has no seed in it", async () => {
    const trust = createTrust();
    const text = await serverTrust(trust, "/a");
    for (const seed of [trust.operator, trust.system, trust.hub, trust.field]) {
      expect(text).not.toContain(seed);
    }
  });

  it("a damaged file: one sentence, and nothing of its content", () => {
    const text = trustText(createTrust()).replace(/SO\w{8}/, "SOxxxxxxxx");
    expect(() => parseTrust(text, "trust.json")).toThrow(
      /^trust\.json is no file of an operator's keys: restore it from a copy\.$/,
    );
  });
});
