/** Values as a scenario file writes them. Only whole numbers are drawn: they shrink well. */
import fc from "fast-check";

export function minutes(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((count) => `${count}min`);
}

export function seconds(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((count) => `${count}s`);
}

/** A share from so many hundredths to so many. */
export function percent(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max }).map((hundredths) => hundredths / 100);
}

/** Often left out, so that a failing case gets rid of what does not matter. */
export function sparse<T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(of, { nil: undefined, freq: 2 });
}

type Present<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

/** A group without the keys that are left out; left out itself when none is left. */
export function present<T extends object>(group: T): Present<T> | undefined {
  const entries = Object.entries(group).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Present<T>);
}
