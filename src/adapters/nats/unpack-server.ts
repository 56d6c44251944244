/**
 * Takes the newest nats-server that Debian's suites offer and unpacks it into a folder of PinGo's
 * own, whatever suite the machine itself is on: the binary needs the C library only. It uses the
 * mirror that the machine's own package sources name, writes nowhere but into its folder, and needs
 * no root.
 */
import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { isNewEnough } from "./server-version.ts";

const run = promisify(execFile);
const SUITES = ["forky", "trixie", "sid"] as const;
/** Debian's own keys; without the file apt takes the keys that the machine trusts. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PATIENCE_MS = 180_000;

interface Unpacked {
  readonly path: string;
  readonly version: string;
}
type VersionOf = (path: string) => Promise<string | undefined>;

/** The server, or the sentence that says why there is none. */
export async function unpackFromDebian(
  folder: string,
  versionOf: VersionOf,
): Promise<Unpacked | string> {
  try {
    await run("apt-get", ["--version"]);
    await run("dpkg-deb", ["--version"]);
  } catch {
    return "There is no nats-server here, and no apt to take one from Debian's packages.";
  }
  try {
    mkdirSync(folder, { recursive: true });
    return await alone(folder, () => unpackNewest(folder, versionOf));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    return `There is no nats-server here, and Debian's packages could not be asked (${why}).`;
  }
}

/** One process at a time unpacks; one that died in the middle is not waited for. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, "unpacking");
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (Date.now() > until || ageMs(lock) > PATIENCE_MS) rmSync(lock, { recursive: true });
      else await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

async function unpackNewest(folder: string, versionOf: VersionOf): Promise<Unpacked | string> {
  const scratch = mkdtempSync(join(folder, "scratch-"));
  try {
    const apt = await prepareApt(scratch);
    if (apt === undefined) {
      return "There is no nats-server here, and this machine's package sources name no mirror.";
    }
    // A suite that the mirror does not have, or cannot be trusted, must not hide the others.
    await run("apt-get", [...apt, "update"], { cwd: scratch }).catch(() => undefined);
    for (const version of await offered(apt, scratch)) {
      const unpacked = await unpack({ apt, scratch, folder, version, versionOf });
      if (unpacked !== undefined) return unpacked;
    }
    return "There is no nats-server here, and Debian's suites offer none that runs on it.";
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Options that keep every trace of apt in the scratch folder; undefined without a mirror. */
async function prepareApt(scratch: string): Promise<ReadonlyArray<string> | undefined> {
  const format = "$(REPO_URI)\t$(RELEASE)";
  const asked = await run("apt-get", ["indextargets", "--format", format]);
  const sources = asked.stdout.split("\n").map((line) => line.split("\t"));
  const mirrors = new Set<string>();
  for (const [uri = "", release = ""] of sources) {
    if (/\/debian\/?$/.test(uri) && !release.includes("security")) mirrors.add(uri);
  }
  if (mirrors.size === 0) return undefined;
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  const lines = [...mirrors].flatMap((uri) =>
    SUITES.map((suite) => `deb ${signed}${uri} ${suite} main`),
  );
  writeFileSync(join(scratch, "sources.list"), `${lines.join("\n")}\n`);
  writeFileSync(join(scratch, "status"), "");
  for (const made of ["lists/partial", "cache/archives/partial", "etc"]) {
    mkdirSync(join(scratch, made), { recursive: true });
  }
  const set = (key: string, value: string) => ["-o", `${key}=${value}`];
  return [
    ...set("Dir::Etc::SourceList", join(scratch, "sources.list")),
    ...set("Dir::Etc::SourceParts", join(scratch, "etc")),
    ...set("Dir::Etc::Preferences", "/dev/null"),
    ...set("Dir::Etc::PreferencesParts", join(scratch, "etc")),
    ...set("Dir::State", scratch),
    ...set("Dir::State::Lists", join(scratch, "lists")),
    ...set("Dir::State::Status", join(scratch, "status")),
    ...set("Dir::Cache", join(scratch, "cache")),
    ...set("APT::Sandbox::User", "root"),
    ...set("Acquire::Languages", "none"),
    ...set("Debug::NoLocking", "true"),
  ];
}

/** Versions on offer, newest first, as apt orders them. */
async function offered(apt: ReadonlyArray<string>, cwd: string): Promise<ReadonlyArray<string>> {
  const { stdout } = await run("apt-cache", [...apt, "madison", "nats-server"], { cwd });
  const versions = stdout.split("\n").map((line) => line.split("|")[1]?.trim() ?? "");
  return [...new Set(versions)].filter((version) => version !== "" && isNewEnough(version));
}

/** Undefined when this version cannot be had or does not run here; the next older one may. */
async function unpack(one: {
  readonly apt: ReadonlyArray<string>;
  readonly scratch: string;
  readonly folder: string;
  readonly version: string;
  readonly versionOf: VersionOf;
}): Promise<Unpacked | undefined> {
  const { apt, scratch, folder } = one;
  const at = mkdtempSync(join(scratch, "package-"));
  try {
    await run("apt-get", [...apt, "download", `nats-server=${one.version}`], { cwd: at });
    const [deb] = readdirSync(at).filter((name) => name.endsWith(".deb"));
    if (deb === undefined) return undefined;
    await run("dpkg-deb", ["-x", join(at, deb), join(at, "root")]);
  } catch {
    return undefined;
  }
  const binary = ["usr/sbin", "usr/bin"]
    .map((sub) => join(at, "root", sub, "nats-server"))
    .find((path) => existsSync(path));
  const version = binary === undefined ? undefined : await one.versionOf(binary);
  if (binary === undefined || version === undefined) return undefined;
  const into = join(folder, version);
  mkdirSync(into, { recursive: true });
  chmodSync(binary, 0o755);
  renameSync(binary, join(into, "nats-server"));
  return { path: join(into, "nats-server"), version };
}
