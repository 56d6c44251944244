/** A message is plain data with a discriminant `type`. Its Effect Schema is the one source. */
import { Schema } from "effect";

export interface Message {
  readonly type: string;
}

/** `<sender address>#<n>`, n the sender's own outbox counter. */
export const MessageId = Schema.String.pipe(Schema.brand("MessageId"));
export type MessageId = typeof MessageId.Type;

/** One variant of a protocol: `variant("Assign", { attempt: AttemptId })`. */
export function variant<const Type extends string, Fields extends Schema.Struct.Fields>(
  type: Type,
  fields: Fields,
) {
  return Schema.Struct({ type: Schema.Literal(type), ...fields });
}
