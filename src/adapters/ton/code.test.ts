import { expect, test } from "vitest";
import { contractNames as sources } from "../../../contracts/build.ts";
import { type ContractName, codeOf, contractNames } from "./code.ts";

test("Code: every contract's shipped code is there and whole", () => {
  expect(contractNames).toEqual(sources);
  const hashes = contractNames.map((name) => codeOf(name).hash().toString("hex"));
  expect(new Set(hashes).size).toBe(contractNames.length);
});

test("Code: a contract that is not shipped is said to be missing", () => {
  expect(() => codeOf("jetton/mint" as ContractName)).toThrow(
    /code.json has no whole code of jetton\/mint; install pingo again/,
  );
});
