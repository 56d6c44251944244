import { expect, test } from "vitest";
import type { DeliveryNote } from "../../sim/run/run.ts";
import { NO_DELIVERY } from "./delivery.ts";
import { Twins } from "./verify.ts";

/** A run of two deliveries a slice whose hashes are given. */
function scripted(hashes: ReadonlyArray<string>, metrics: Record<string, number> = {}) {
  let at = 0;
  return {
    onDelivery: undefined as ((note: DeliveryNote) => void) | undefined,
    advance() {
      for (const end = Math.min(hashes.length, at + 2); at < end; at++) {
        const hash = hashes[at] ?? "";
        const message = { type: "Ping" };
        this.onDelivery?.({
          atUs: at,
          from: "a/1",
          to: "b/1",
          id: `${at}`,
          ...message,
          message,
          hash,
        });
      }
      return at >= hashes.length;
    },
    progress: () => ({ virtualUs: 0, endUs: 1, events: at }),
    result: () => ({ hash: hashes.at(-1) ?? "", events: at, metrics }) as never,
  };
}

function driven(twins: Twins) {
  for (let slices = 0; slices < 10 && !twins.advance(2); slices++);
  return twins.difference;
}

test("equal runs have no difference", () => {
  expect(driven(new Twins(scripted(["1", "2", "3"]), scripted(["1", "2", "3"])))).toBeUndefined();
});

test("the first delivery that differs is named", () => {
  const difference = driven(
    new Twins(scripted(["1", "2", "3", "4"]), scripted(["1", "2", "x", "y"])),
  );
  expect(difference).toMatchObject({ delivery: 3 });
  expect(difference?.first).toContain('"hash":"3"');
  expect(difference?.second).toContain('"hash":"x"');
});

test("a run that ends earlier differs", () => {
  const difference = driven(new Twins(scripted(["1", "2", "3"]), scripted(["1", "2"])));
  expect(difference).toMatchObject({ delivery: 3, second: NO_DELIVERY });
});

test("equal deliveries with other metrics differ", () => {
  const difference = driven(new Twins(scripted(["1"], { a: 1 }), scripted(["1"], { a: 2 })));
  expect(difference?.second).toContain('"a":2');
});
