import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findServer, ServerMissing, serverFolder } from "./find-server.ts";

describe("Finding a nats-server", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pingo-find-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program that says it is a nats-server of this version. */
  const place = (version: string, ...path: ReadonlyArray<string>) => {
    const at = join(folder, ...path);
    mkdirSync(at, { recursive: true });
    const script = `#!/bin/sh\necho "nats-server: v${version}"\n`;
    writeFileSync(join(at, "nats-server"), script, { mode: 0o755 });
    return at;
  };
  const search = (path: string, unpack = false) => ({
    env: { PATH: `${path}:/bin:/usr/bin`, PINGO_NATS_DIR: join(folder, "own") },
    platform: "linux" as const,
    unpack,
  });

  it("one on the PATH: is taken", async () => {
    const at = place("2.12.3", "bin");
    const found = await findServer(search(at));
    expect(found).toEqual({ path: join(at, "nats-server"), version: "2.12.3" });
  });

  it("an old one on the PATH: passed over for a newer one of our own", async () => {
    const at = place("2.9.10", "bin");
    place("2.10.27", "own", "2.10.27");
    place("2.15.1", "own", "2.15.1");
    expect((await findServer(search(at))).version).toBe("2.15.1");
  });

  it("only an old one: refused in a sentence that says what is needed", async () => {
    const at = place("2.9.10", "bin");
    await expect(findServer(search(at))).rejects.toThrow(
      /nats-server is 2\.9\.10; PinGo needs 2\.10 or newer, so install a newer one\./,
    );
  });

  it("one that does not start here: passed over", async () => {
    const at = place("2.12.3", "bin");
    writeFileSync(join(at, "nats-server"), "#!/bin/sh\nexit 126\n", { mode: 0o755 });
    place("2.10.1", "own", "2.10.1");
    expect((await findServer(search(at))).version).toBe("2.10.1");
  });

  it.each([
    ["darwin", /brew install nats-server/],
    ["win32", /winget install/],
    ["freebsd", /from your distribution/],
  ] as const)("none on %s: says how to install it", async (platform, words) => {
    const env = { PATH: "", PINGO_NATS_DIR: join(folder, "own") };
    const finding = findServer({ env, platform });
    await expect(finding).rejects.toBeInstanceOf(ServerMissing);
    await expect(finding).rejects.toThrow(words);
  });

  it("our own folder: where the system keeps what can be fetched again", () => {
    const env = { XDG_CACHE_HOME: "/caches" };
    expect(serverFolder({ env, platform: "linux" })).toBe("/caches/pingo/nats");
    expect(serverFolder({ env: { PINGO_NATS_DIR: "/own" }, platform: "darwin" })).toBe("/own");
  });
});
