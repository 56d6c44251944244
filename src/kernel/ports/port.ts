/**
 * What every port shares. Ports are reached only by PortCall and are idempotent by key, so a call
 * repeated after a crash is safe; exactly one outcome per key is delivered from `port/<name>`.
 */
import { Schema } from "effect";
import { variant } from "../message.ts";

/** The outcome of one call of the port `name`, as a message. */
export function portOutcome<const Name extends string, V, VE, const Reason extends string>(
  name: Name,
  value: Schema.Schema<V, VE>,
  reasons: readonly [Reason, ...Reason[]],
) {
  return variant("PortOutcome", {
    port: Schema.Literal(name),
    key: Schema.String,
    outcome: Schema.Union(
      Schema.Struct({ ok: Schema.Literal(true), value }),
      Schema.Struct({
        ok: Schema.Literal(false),
        reason: Schema.Literal(...reasons),
        retryable: Schema.Boolean,
      }),
    ),
  });
}
