/** Marks by stories; test of any history: marks.prop.test.ts. */
import { expect, test } from "vitest";
import { Marks } from "./marks.ts";

test("Marks: a number passes once, and nothing below it passes later", () => {
  const marks = new Marks();
  expect(marks.raise(3, 5)).toBe(true);
  expect(marks.raise(3, 5)).toBe(false);
  expect(marks.raise(3, 4)).toBe(false);
  expect(marks.raise(3, 6)).toBe(true);
});

test("Marks: senders do not disturb each other", () => {
  const marks = new Marks();
  marks.raise(1, 9);
  expect(marks.raise(2, 1)).toBe(true);
  expect(marks.raise(0, 1)).toBe(true);
  expect(marks.entries()).toEqual([
    [0, 1],
    [1, 9],
    [2, 1],
  ]);
});

test("Marks: growth: a hundred thousand senders keep their numbers", () => {
  const marks = new Marks();
  const count = 100_000;
  for (let sender = 0; sender < count; sender++) marks.raise(sender * 7, sender + 1);
  expect(marks.size).toBe(count);
  for (let sender = 0; sender < count; sender++) {
    if (marks.raise(sender * 7, sender + 1)) throw new Error(`mark of ${sender} was lost`);
  }
});

test("Marks: forget: a forgotten sender begins anew, its neighbours do not", () => {
  const marks = new Marks();
  const count = 2_000;
  for (let sender = 0; sender < count; sender++) marks.raise(sender, 10);
  for (let sender = 0; sender < count; sender += 2) marks.forget(sender);
  expect(marks.size).toBe(count / 2);
  for (let sender = 0; sender < count; sender++) {
    expect(marks.raise(sender, 1), `sender ${sender}`).toBe(sender % 2 === 0);
  }
});

test("Marks: forget: of a sender that was never heard changes nothing", () => {
  const few = new Marks();
  few.raise(1, 1);
  few.forget(2);
  expect(few.entries()).toEqual([[1, 1]]);
  const many = new Marks();
  for (let sender = 0; sender < 20; sender++) many.raise(sender, 1);
  many.forget(99);
  expect(many.size).toBe(20);
});

test("Marks: wrap-around: a number half the circle back counts as old", () => {
  const marks = new Marks();
  marks.raise(0, 2 ** 31 + 100);
  expect(marks.raise(0, 101)).toBe(false);
  expect(marks.raise(0, 2 ** 32 + 1)).toBe(true);
});

test.each([2, 6, 30, 3_000])("Marks: seen: among %i senders each has its own number", (count) => {
  const marks = new Marks();
  for (let sender = 0; sender < count; sender++) marks.raise(sender * 3, sender + 10);
  const numbers = Array.from({ length: count }, (_, sender) => marks.seen(sender * 3));
  expect(numbers).toEqual(numbers.map((_, sender) => sender + 10));
  expect(marks.seen(1)).toBe(0);
  expect(marks.seen(9_000_000)).toBe(0);
});

test("Marks: dense: a sender just beyond the others takes its place among them", () => {
  const marks = new Marks();
  for (let sender = 0; sender < 500; sender++) marks.raise(sender, 7);
  for (let sender = 500; sender < 700; sender += 13) expect(marks.raise(sender, 8)).toBe(true);
  for (let sender = 0; sender < 500; sender++) expect(marks.raise(sender, 7)).toBe(false);
  expect(marks.size).toBe(516);
  expect(marks.entries().map(([sender]) => sender)).toEqual([
    ...Array.from({ length: 500 }, (_, sender) => sender),
    ...Array.from({ length: 16 }, (_, i) => 500 + 13 * i),
  ]);
});
