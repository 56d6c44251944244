import { Either } from "effect";
import { expect, test } from "vitest";
import { parseAvailabilityTrace, traceStateAt } from "./availability-trace.ts";

const parse = (content: string) => parseAvailabilityTrace("up.csv", content);
const messageOf = (content: string): string | undefined => {
  const parsed = parse(content);
  return Either.isLeft(parsed) ? parsed.left.message : undefined;
};

test("trace: intervals are sorted by host, touching ones are one", () => {
  const trace = Either.getOrThrow(
    parse("# up times\r\nhost,start_s,end_s\r\na,100,200\nb,0,1.5\n\na,50,100\na,300,400"),
  );
  expect(trace.hosts).toEqual(["a", "b"]);
  expect([...trace.first]).toEqual([0, 2, 3]);
  expect([...trace.startUs]).toEqual([50e6, 300e6, 0]);
  expect([...trace.endUs]).toEqual([200e6, 400e6, 1.5e6]);
});

test("trace: state is half open, and down for ever after the last interval", () => {
  const trace = Either.getOrThrow(parse("host,start_s,end_s\na,1,2\na,3,4\n"));
  const at = (us: number) => {
    const spell = { isUp: false, untilUs: 0 };
    traceStateAt(trace, 0, us, spell);
    return [spell.isUp, spell.untilUs];
  };
  expect(at(0)).toEqual([false, 1e6]);
  expect(at(1e6)).toEqual([true, 2e6]);
  expect(at(2e6)).toEqual([false, 3e6]);
  expect(at(3.5e6)).toEqual([true, 4e6]);
  expect(at(4e6)).toEqual([false, Infinity]);
});

test.each([
  ["", "up.csv:1: the file is empty; its header must be host,start_s,end_s"],
  ["host,up,down\n", "up.csv:1: the header must be host,start_s,end_s: host,up,down"],
  ["host,start_s,end_s\na,1\n", "up.csv:2: expected host,start_s,end_s: a,1"],
  ["host,start_s,end_s\na,x,2\n", "up.csv:2: start_s is not a number of seconds: x"],
  ["host,start_s,end_s\n\na,1,\n", "up.csv:3: end_s is not a number of seconds: "],
  ["host,start_s,end_s\na,-1,2\n", "up.csv:2: start_s is negative: -1"],
  ["host,start_s,end_s\na,2,2\n", "up.csv:2: end_s must be after start_s: a,2,2"],
  [
    "host,start_s,end_s\na,5,9\nb,1,2\na,1,6\n",
    "up.csv:2: up interval of host a overlaps the one of line 4",
  ],
])("trace: %j is refused", (content, message) => {
  expect(messageOf(content)).toBe(message);
});

test("trace: a huge line is refused and not repeated", () => {
  const message = messageOf(`host,start_s,end_s\n${"x".repeat(1_000_000)},1,2\n`);
  expect(message).toBe("up.csv:2: line is longer than 1000 characters");
});
