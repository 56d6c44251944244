import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { isGone, ownMark } from "./process-mark.ts";

describe("Process mark", () => {
  test("this process is there", () => {
    expect(isGone(ownMark())).toBe(false);
  });

  test("numbers that no process can have are gone", () => {
    for (const pid of [0, -1, 1.5, Number.NaN]) expect(isGone({ pid, started: "" })).toBe(true);
  });

  test.skipIf(process.platform !== "linux")("another that started later has its number", () => {
    expect(isGone({ ...ownMark(), started: "1" })).toBe(true);
  });

  test.skipIf(process.platform !== "linux")(
    "it has ended, but nobody notices: its parent is busy with something else",
    async () => {
      // it ends only once its parent is a program that does not look after children
      const ends = `(c=sh; while [ "$c" != sleep ]; do read -r c < /proc/$$/comm; done)`;
      const parent = spawn("sh", ["-c", `${ends} & echo $!; exec sleep 60`]);
      const pid = await new Promise<number>((resolve) => {
        parent.stdout.once("data", (text: Buffer) => resolve(Number(text.toString())));
      });
      await expect.poll(() => isGone({ pid, started: "" }), { timeout: 10_000 }).toBe(true);
      expect(() => process.kill(pid, 0)).not.toThrow();
      parent.kill("SIGKILL");
    },
  );
});
