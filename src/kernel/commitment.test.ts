import { describe, expect, test } from "vitest";
import { address } from "./address.ts";
import { commitmentTo } from "./commitment.ts";

const sealed = { worker: address("contributor", "c1"), task: "e.1.0", token: 0x7f, digest: "good" };

describe("Commitment", () => {
  test("is SHA-256 of worker, task, token and digest", () => {
    expect(commitmentTo(sealed)).toBe(
      "95c25f45ef9324778613678dae2283c04fcca82f9419e9c5b3c88aedea2b0e35",
    );
  });

  test.each([
    ["worker", { worker: address("contributor", "c2") }],
    ["task", { task: "e.1.1" }],
    ["token", { token: 0x80 }],
    ["digest", { digest: "bad" }],
  ])("another %s is another commitment: a copied one cannot be opened", (_what, change) => {
    expect(commitmentTo({ ...sealed, ...change })).not.toBe(commitmentTo(sealed));
  });
});
