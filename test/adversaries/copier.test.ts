/**
 * Copiers in a village where one owner's word is soon believed and every third is checked: what
 * they overhear comes when no copy is left to repeat it in.
 */
import { describe, expect, test } from "vitest";
import { classNamed, type Raw, villageWith } from "./village.ts";

const small = {
  nodes: 30,
  until: "90min",
  hosts: { mixture: { always: 1 } },
  // whatever it is paid clears at once
  limits: { probationResults: 2, probationMilliVcu: 10, epochUs: "30m", escrowTasks: 1 },
};
const credibility = { rule: "credibility", f: 0.02, q: 0.3, qYoung: 0.3 };

function earnings(verification: Raw, otherwise: string) {
  const copier = { kind: "copier", share: 0.2, wait: 0.2, otherwise };
  const result = villageWith([copier], { ...small, policies: { verification } }).result();
  return { honest: classNamed(result, "honest"), copiers: classNamed(result, "copier") };
}

describe("Adversaries: copier", () => {
  test.each([{ rule: "quorum" }, credibility])("is paid nothing under %j", (rule) => {
    const { honest, copiers } = earnings(rule, "drops");
    expect(honest.earned).toBeGreaterThan(10);
    expect(copiers.earned).toBe(0);
  });

  /** A lie makes one more copy necessary, after the others were shown. */
  test("that lies to hear more gets less than one in fifty of an honest share", () => {
    const { honest, copiers } = earnings(credibility, "guesses");
    const share = honest.earned / honest.contributors;
    expect(copiers.earned / copiers.contributors).toBeLessThan(share / 50);
  });
});
