/** A model that must not run, in one sentence that names what is wrong with it. */
export class ModelRefused extends Error {
  override readonly name = "ModelRefused";
}

/** Text from a model as it may stand in a sentence: short, and nothing that moves a cursor. */
export function shownName(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, "?");
  return plain.length <= 60 ? plain : `${plain.slice(0, 57)}...`;
}
