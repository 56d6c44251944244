/** Plants mistakes in the sources of contracts and demands that each breaks its story. */
import { describe, expect, test } from "vitest";
import { type ContractName, compileWith } from "../build.ts";
import type { Replaced } from "./kept-worlds.ts";

/** True while the contracts keep what they promise. */
export type Story = (replaced: Replaced) => Promise<boolean>;

/** The contract, the text that goes, what comes instead, and the story it breaks. */
export type Mutant = readonly [ContractName, string, string, Story];

export function plant(title: string, mutants: ReadonlyArray<Mutant>): void {
  /** A story is told once of the contracts as they are, however many mistakes it finds. */
  const told = new Map<Story, Promise<boolean>>();
  const asTheyAre = (story: Story) => {
    const known = told.get(story) ?? story({});
    told.set(story, known);
    return known;
  };
  describe(title, () => {
    test.each(mutants)(
      "%s without %j (%j instead) breaks its story",
      async (name, old, next, story) => {
        let places = 0;
        const code = await compileWith(name, (text) => {
          places += text.split(old).length - 1;
          return text.replaceAll(old, next);
        });
        expect(places).toBeGreaterThan(0);
        expect(await asTheyAre(story)).toBe(true);
        expect(await story({ [name]: code })).toBe(false);
      },
    );
  });
}
