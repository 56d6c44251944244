/**
 * Programmer errors. An operating error is a value; a broken invariant is a bug of ours, so it
 * throws, in production too: the shell stops the actor (live) or the run (simulator).
 */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Throws {@link InvariantViolation} unless `condition` holds. `why` says what was expected. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new InvariantViolation(why);
}

/** Marks a branch that the types say cannot be reached. */
export function assertNever(value: never): never {
  throw new InvariantViolation(`unreachable: ${JSON.stringify(value)}`);
}
