/** What a report carries from outside the simulator: the plotting library, and SHA-256. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

interface LoadedAssets {
  readonly uplotJs: string;
  readonly uplotCss: string;
  readonly sha256: (text: string) => string;
}

/** Reads the installed uPlot; its licence goes where its code goes. */
export function loadReportAssets(): LoadedAssets {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string) => readFileSync(resolve(`uplot/${file}`), "utf8");
  return {
    uplotJs: `/*\n${read("LICENSE")}*/\n${read("dist/uPlot.iife.min.js")}`,
    uplotCss: read("dist/uPlot.min.css"),
    sha256: (text) => createHash("sha256").update(text, "utf8").digest("base64"),
  };
}
