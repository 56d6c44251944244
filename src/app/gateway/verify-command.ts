/** `pingo audit verify`: whether the audit log is what was written. */
import { CommandError, Exit } from "../outcome.ts";
import { err, note, print, printJson } from "../terminal/print.ts";
import { auditFiles } from "./audit-log.ts";
import { verifyAudit } from "./audit-verify.ts";
import { type LocalFlags, localFiles } from "./local-files.ts";

export interface VerifyFlags extends LocalFlags {
  readonly head?: string;
}

export async function verify(flags: VerifyFlags): Promise<Exit> {
  if (flags.head !== undefined && !/^[0-9a-f]{64}$/.test(flags.head)) {
    throw new CommandError(
      `--head: "${flags.head}" is no hash; give all 64 hexadecimal digits that verify printed`,
      { code: "audit", field: "head" },
    );
  }
  const folder = localFiles(flags).audit;
  if (auditFiles(folder).length === 0) {
    throw new CommandError(`there is no audit log in ${folder}; name the state folder with --dir`, {
      code: "audit",
      field: "dir",
    });
  }
  const { bad, lines, first, files, head, hasNoted } = await verifyAudit(folder, flags.head);
  const isWhole = bad === undefined && hasNoted !== false;
  if (flags.json === true) printJson({ holds: isWhole, lines, first, files, head, bad, hasNoted });
  else if (bad !== undefined) {
    note(`${err.red("broken:")} ${bad.file}, line ${bad.line}: ${bad.why}`);
    note(`${lines} lines before it hold. Keep the files: they are evidence.`);
  } else if (hasNoted === false) {
    note(`${err.red("broken:")} no line has the hash ${flags.head}: the log was cut or rewritten`);
  } else if (lines === 0) {
    print("The audit log holds: nothing was noted yet.");
  } else {
    const counted = files === 1 ? "1 file" : `${files} files`;
    print(`The audit log holds: ${lines} lines from number ${first} on in ${counted}.`);
    print(`  head ${head}`);
  }
  return isWhole ? Exit.fine : Exit.unsafe;
}
