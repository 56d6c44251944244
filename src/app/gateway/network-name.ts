/** A name that tells this network's traces from those of others; drawn once, kept in its folder. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readText } from "../files.ts";
import { writePrivate } from "./private-file.ts";

export function networkName(folder: string): string {
  const path = join(folder, "network-name");
  if (existsSync(path)) return readText(path, "the network's name").trim();
  const name = randomBytes(4).toString("hex");
  writePrivate(path, `${name}\n`);
  return name;
}
