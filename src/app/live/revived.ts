/** Actors that `pingo up --revive` names. */
import { Schema } from "effect";
import { Address } from "../../kernel/address.ts";
import { CommandError, Exit } from "../outcome.ts";

const isAddress = Schema.is(Address);

export function revivedOf(names: ReadonlyArray<string> = []): ReadonlyArray<Address> {
  return names.map((name) => {
    if (isAddress(name)) return name;
    throw new CommandError(`--revive takes actors such as job/e0.you.3, not ${name}`, {
      code: "usage",
      field: "revive",
      exit: Exit.usage,
    });
  });
}
