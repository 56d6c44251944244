/**
 * A file with the settings of a deployment, YAML or JSON: whatever it leaves out is as by default.
 * A misspelt key is named with the one that was meant.
 */
import { Either, Schema } from "effect";
import { type DeploySettings, DeploySettings as Form } from "../../adapters/ton/deploy-settings.ts";
import { decodeComplaint, unknownKeyComplaint } from "../../sim/scenario/explain-error.ts";
import { dotted, isRecord, unknownKey } from "../../sim/scenario/nearest-key.ts";
import { readText } from "../files.ts";
import { parseNetworkFile } from "../live/config.ts";
import { CommandError } from "../outcome.ts";

const named = (sentence: string) => sentence.replace(/(a|the) scenario/, "the file");
/** What follows from flags, the key and the moment is not for a file. */
const ours = ["network", "deployer", "genesis", "issuers"] as const;

/** `settings` with what the file says in its place; lists and named parameters as a whole. */
export function settingsFrom(file: string, settings: DeploySettings): DeploySettings {
  const given = parseNetworkFile(readText(file, "the settings"), file);
  const stray = ours.find((key) => key in given);
  if (stray !== undefined) {
    throw new CommandError(
      `${file}: ${stray} is not a setting of the file; it follows from flags and key, leave it out`,
      { code: "settings", field: stray },
    );
  }
  const base = Schema.encodeSync(Form)(settings) as Readonly<Record<string, unknown>>;
  const raw = Object.fromEntries(
    Object.entries({ ...base, ...given }).map(([key, value]) => [key, merged(key, base, value)]),
  );
  const unknown = unknownKey(Form.ast, raw);
  if (unknown !== undefined) {
    const { sentence } = unknownKeyComplaint(unknown.path, unknown.known);
    throw complaint(file, sentence, dotted(unknown.path), unknown.known);
  }
  const decoded = Schema.decodeUnknownEither(Form, { errors: "all" })(raw);
  if (Either.isRight(decoded)) return decoded.right;
  const { path, sentence, allowed } = decodeComplaint(Form.ast, raw, decoded.left);
  throw complaint(file, sentence, dotted(path), allowed);
}

/** Amounts are text in JSON, whose numbers are too small for some; a person writes numbers. */
function merged(key: string, base: Readonly<Record<string, unknown>>, value: unknown): unknown {
  const before = base[key];
  if (!isRecord(before) || !isRecord(value)) return value;
  const inner = Object.entries(value).map(([name, each]) => {
    if (key === "parameters") return [name, isRecord(each) ? withAmounts(each) : each];
    return [name, typeof before[name] === "string" ? asAmount(each) : each];
  });
  const given: Readonly<Record<string, unknown>> = Object.fromEntries(inner);
  return key === "parameters" ? given : { ...before, ...given };
}

const withAmounts = (amounts: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(amounts).map(([name, value]) => [name, asAmount(value)]));

const asAmount = (value: unknown) => (Number.isSafeInteger(value) ? String(value) : value);

function complaint(
  file: string,
  sentence: string,
  field: string,
  allowed?: ReadonlyArray<string>,
): CommandError {
  return new CommandError(`${file}: ${named(sentence)}`, { code: "settings", field, allowed });
}
