/**
 * The gateway's structured log: one JSON object a line. A token that slips into a text is cut down
 * to its id before it is written, so that the log can be shown around.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { secretInText } from "./tokens.ts";

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface GatewayLog {
  readonly write: (level: Level, what: string, fields?: Fields) => void;
  readonly close: () => void;
}

function logLine(level: Level, what: string, fields: Fields = {}): string {
  const line = JSON.stringify({ at: new Date().toISOString(), level, what, ...fields });
  return `${line.replace(secretInText, "pingo_$1_…")}\n`;
}

const ROTATE_BYTES = 16 * 1_048_576;
const KEPT = 5;

/** Into a file that is rotated: `gateway.log`, `gateway.log.1` … */
export function fileLog(path: string, rotateBytes = ROTATE_BYTES): GatewayLog {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, "a", 0o600);
  let size = statSync(path).size;
  const rotate = () => {
    closeSync(file);
    for (let i = KEPT - 1; i >= 1; i--) {
      if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    }
    renameSync(path, `${path}.1`);
    file = openSync(path, "a", 0o600);
    size = 0;
  };
  return {
    write: (level, what, fields) => {
      const line = logLine(level, what, fields);
      // a log that cannot be written must not stop the gateway
      try {
        size += writeSync(file, line);
        if (size >= rotateBytes) rotate();
      } catch {
        process.stderr.write(line);
      }
    },
    close: () => closeSync(file),
  };
}
