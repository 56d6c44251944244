/** Random placement: the first node that the draw brings, wherever it is. */
import { Schema } from "effect";
import type { PlacementPolicy } from "../../kernel/policies/placement.ts";

const Params = Schema.Struct({});

export const random: PlacementPolicy<typeof Params.Type> = {
  name: "random",
  summary: "The first idle node drawn.",
  Params,
  sample: () => 1,
  choose: () => 0,
};
