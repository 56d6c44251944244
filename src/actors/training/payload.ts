/**
 * The result of a worker as text: steps, a colon, the quantised update in hexadecimal; or, where
 * parameters are kept by reference, the content `blob:<id>` of the update.
 */
import { readQuantised } from "../../kernel/quantise.ts";

export function writePayload(steps: number, update: string): string {
  return `${steps}:${update}`;
}

/** Undefined for what is no update of a model with so many parameters. */
export function readPayload(
  payload: string,
  parameters: number,
): { readonly steps: number; readonly update: string } | undefined {
  const parts = /^(\d{1,9}):([0-9a-f]*)$/.exec(payload);
  if (parts === null) return undefined;
  const [, steps = "", update = ""] = parts;
  if (readQuantised(update, parameters) === undefined) return undefined;
  return { steps: Number(steps), update };
}

/** The blob of an update; undefined for what names none. */
export function readReference(
  payload: string,
): { readonly steps: number; readonly update: string } | undefined {
  const parts = /^(\d{1,9}):blob:([0-9a-f]{64})$/.exec(payload);
  if (parts === null) return undefined;
  const [, steps = "", update = ""] = parts;
  return { steps: Number(steps), update };
}
