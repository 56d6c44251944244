/** Which versions of nats-server PinGo works with: what an older one lacks it drops in silence. */

const OLDEST = { major: 2, minor: 10 } as const;

/** `v2.15.1`, `nats-server: v2.10.27` or `2.10.27` as [major, minor, patch]. */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  if (found === null) return undefined;
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

export function isNewEnough(version: string): boolean {
  const parsed = parseVersion(version);
  if (parsed === undefined) return false;
  const [major, minor] = parsed;
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}

/** Says what to do about a server that is too old; `where` is a path or a URL. */
export function tooOld(where: string, version: string): string {
  return (
    `The nats-server at ${where} is ${version}; PinGo needs ${OLDEST.major}.${OLDEST.minor} ` +
    "or newer, so install a newer one."
  );
}
