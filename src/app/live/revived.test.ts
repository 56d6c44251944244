import { expect, test } from "vitest";
import { revivedOf } from "./revived.ts";

test("actors to revive are addresses; anything else is refused in a sentence", () => {
  expect(revivedOf()).toEqual([]);
  expect(revivedOf(["job/e0.you.3", "ledger/l"])).toEqual(["job/e0.you.3", "ledger/l"]);
  expect(() => revivedOf(["job/e0.you.3", "you.3"])).toThrow(
    "--revive takes actors such as job/e0.you.3, not you.3",
  );
});
