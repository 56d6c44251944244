import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Progress, partsText } from "./progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function shownOn(isTTY: boolean) {
  const lines: string[] = [];
  const stream = { isTTY, columns: 80, write: (line: string) => lines.push(line) };
  return { progress: new Progress(stream as unknown as NodeJS.WriteStream), lines };
}

describe("Progress", () => {
  test("before the first part is done it says so, without being told", () => {
    const { progress, lines } = shownOn(false);
    progress.follow(() => partsText(0, 40, "runs", 0));
    vi.advanceTimersByTime(2_500);
    expect(lines).toEqual(["0 of 40 runs\n"]);
  });

  test("once it is cleared nothing more is written", () => {
    const { progress, lines } = shownOn(true);
    progress.follow(() => "7 of 9 runs");
    vi.advanceTimersByTime(1_000);
    progress.clear();
    const before = lines.length;
    vi.advanceTimersByTime(60_000);
    expect([before > 1, lines.length]).toEqual([true, before]);
  });
});
