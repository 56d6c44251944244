/** The turns of the event loop, in which what belongs together comes together. */

/** Resolves when all that is ready now has had so many turns. */
export async function turnsOfLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
