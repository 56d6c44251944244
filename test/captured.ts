/** The command run in this process, and what it said. */
import { vi } from "vitest";
import { main } from "../src/app/main.ts";

export interface Captured {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

// each command in this process listens anew
process.stdout.setMaxListeners(100);
process.setMaxListeners(100);

export async function pingo(...args: ReadonlyArray<string>): Promise<Captured> {
  const said = { out: "", err: "" };
  const keep = (stream: "out" | "err") => (text: unknown) => {
    said[stream] += typeof text === "string" ? text : Buffer.from(text as Uint8Array).toString();
    return true;
  };
  const out = vi.spyOn(process.stdout, "write").mockImplementation(keep("out"));
  const err = vi.spyOn(process.stderr, "write").mockImplementation(keep("err"));
  try {
    const exit = await main(args);
    return { exit, ...said };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
