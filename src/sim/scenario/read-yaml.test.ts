import { expect, test } from "vitest";
import { readYaml } from "./read-yaml.ts";

const bomb = Array.from({ length: 9 }, (_, i) => {
  const inner = i === 0 ? "x" : `*a${i - 1}`;
  return `a${i}: &a${i} [${Array.from({ length: 9 }, () => inner).join(", ")}]\n`;
}).join("");

test.each([
  ["a billion values behind aliases", bomb, "stand for too many values"],
  ["a list that holds itself", "a: &a [*a]\n", "holds an alias (*) of itself"],
  ["a group that holds itself", "a: &a { b: { c: *a } }\n", "holds an alias (*) of itself"],
  ["a hundred thousand brackets", "[".repeat(1e5) + "]".repeat(1e5), "nested too deeply"],
  ["two documents", "a: 1\n---\nb: 2\n", "remove the line ---"],
  ["UTF-16", Buffer.from("\uFEFFa: 1\n", "utf16le").toString("utf8"), "no text in UTF-8"],
  ["bytes", "\u0000\u0001", "no text in UTF-8"],
  ["fifty megabytes", "x".repeat(5e7), "longer than four million letters"],
])("YAML: %s: one sentence, and soon", (_, text, sentence) => {
  expect(() => readYaml(text)).toThrow(sentence);
});

test("YAML: aliases that a person would write are read", () => {
  const { value } = readYaml("a: &a { x: 1 }\nb: [*a, *a]\nc: *a\n");
  expect(value).toEqual({ a: { x: 1 }, b: [{ x: 1 }, { x: 1 }], c: { x: 1 } });
});
