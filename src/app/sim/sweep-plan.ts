/** The cells of a sweep: every setting with every seed, and those that are run a second time. */
import { type Override, parseOverride, splitValues } from "../../sim/scenario/overrides.ts";

export interface Cell {
  readonly setting: ReadonlyArray<Override>;
  readonly settingIndex: number;
  readonly seed: number;
}

/** All combinations, the last flag changing fastest; one empty setting when nothing is varied. */
export function settingsOf(flags: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<Override>> {
  let settings: ReadonlyArray<ReadonlyArray<Override>> = [[]];
  for (const { path, value } of flags.map(parseOverride)) {
    const values = splitValues(value);
    settings = settings.flatMap((setting) =>
      values.map((each) => [...setting, { path, value: each }]),
    );
  }
  return settings;
}

export function cellsOf(
  settings: ReadonlyArray<ReadonlyArray<Override>>,
  seeds: ReadonlyArray<number>,
): ReadonlyArray<Cell> {
  return settings.flatMap((setting, settingIndex) =>
    seeds.map((seed) => ({ setting, settingIndex, seed })),
  );
}

const SHARE_TWICE = 0.05;

/** Evenly spread over the sweep: one in twenty, at least one. */
export function repeatedOf(cells: ReadonlyArray<unknown>): ReadonlyArray<number> {
  const count = Math.max(1, Math.ceil(cells.length * SHARE_TWICE));
  return Array.from({ length: count }, (_, i) => Math.floor((i * cells.length) / count));
}
