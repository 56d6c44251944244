/** What parts agree about, as text and back, and what is said of two that differ. */
import { describe, expect, it } from "vitest";
import { networkConfig } from "./config.ts";
import {
  differences,
  isSaid,
  parseSettings,
  settingsOf,
  settingsText,
  withSettings,
} from "./settings.ts";

const machines = [
  { node: "n1", owner: "ada" },
  { node: "n2", owner: "ben" },
];
const config = (given: Readonly<Record<string, unknown>> = {}) =>
  networkConfig({ machines, ...given }, "network.yaml");
const textOf = (given?: Readonly<Record<string, unknown>>) =>
  settingsText(settingsOf(config(given)));

describe("Settings of a network", () => {
  it("come back from their text, also a length of time with many digits", () => {
    const own = settingsOf(config({ limits: { offerUs: "7777777us" }, chain: { port: 7_470 } }));
    const back = parseSettings(settingsText(own), 1);
    expect(back).toEqual(own);
    expect(back.limits.offerUs).toBe(7_777_777);
    expect(back.chain).toEqual({ network: "local", credential: "shown" });
  });

  it("say nothing of one machine: its chain's port changes no text", () => {
    expect(textOf({ chain: { port: 1 } })).toBe(textOf({ chain: { port: 2, domain: "a.b" } }));
    expect(textOf({ requester: "ada" })).toBe(textOf());
    expect(textOf({ chain: {} })).not.toBe(textOf());
  });

  it("are the same text in whatever order they are written", () => {
    const one = { limits: { offerUs: "9s", probeUs: "2s" }, access: "open" };
    const two = { access: "open", limits: { probeUs: "2s", offerUs: "9s" } };
    expect(textOf(one)).toBe(textOf(two));
  });

  it("taken over: a part keeps its machines and has the network's limits", () => {
    const theirs = settingsOf(config({ limits: { offerUs: "9s" } }));
    const taken = withSettings(config(), theirs);
    expect(taken.limits.offerUs).toBe(9_000_000);
    expect(taken.machines).toEqual(config().machines);
  });

  it("from an earlier version: what it does not say is as here", () => {
    const { limits, ...rest } = settingsOf(config());
    const { offerUs: _, ...older } = limits;
    const text = JSON.stringify({ ...rest, limits: older });
    expect(parseSettings(text, 1)).toEqual(settingsOf(config()));
  });

  it("from a later version: the sentence names what is not known", () => {
    const own = settingsOf(config());
    const limits = { ...own.limits, moonUs: 1 };
    expect(() => parseSettings(JSON.stringify({ ...own, limits }), 4)).toThrow(
      /^the network's settings \(version 4\) say at limits\.moonUs what .*; update PinGo here$/,
    );
  });

  it("that differ are named; those that a file says itself are told from defaults", () => {
    const one = settingsOf(config({ limits: { offerUs: "9s" }, access: "open" }));
    const other = settingsOf(config({ policies: { verification: { rule: "quorum" } } }));
    const names = differences(one, other);
    expect(names).toContain("limits.offerUs");
    expect(names).toContain("access");
    expect(names).toContain("policies.verification.rule");
    expect(names).not.toContain("limits.probeUs");
    const given = { limits: { offerUs: "9s" } };
    expect(names.filter((name) => isSaid(given, name))).toEqual(["limits.offerUs"]);
    expect(isSaid({ policies: { verification: "quorum" } }, "policies.verification.rule")).toBe(
      true,
    );
  });
});
