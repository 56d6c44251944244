/**
 * A shell that outlives the agent by a moment: it reads the names of process groups, and when its
 * input ends, because the agent was killed, it kills them. A child that is halted or deep in a
 * long computation could not notice by itself. On Windows the runtime's job object does the same.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

const script = `
trap '' INT TERM HUP
groups=
while read -r verb group; do
  case $verb in
    +) groups="$groups $group" ;;
    -) kept=
       for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
       groups=$kept ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each" 2>/dev/null; done
`;

export class Keeper {
  private readonly groups = new Set<number>();
  private shell: ChildProcess | undefined;

  /** From now on the group dies with the agent. */
  add(group: number): void {
    this.groups.add(group);
    if (this.shell === undefined) this.start();
    else this.write("+", group);
  }

  /** The group is gone, and its number may become another's. */
  remove(group: number): void {
    if (!this.groups.delete(group)) return;
    this.write("-", group);
  }

  close(): void {
    const shell = this.shell;
    this.shell = undefined;
    shell?.stdin?.end();
  }

  private start(): void {
    if (process.platform === "win32") return;
    const shell = spawn("/bin/sh", ["-c", script], {
      // A session of its own: Ctrl-C in the terminal is not meant for it.
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env.PATH },
      cwd: "/",
    });
    this.shell = shell;
    shell.on("error", () => this.lost(shell));
    shell.on("exit", () => this.lost(shell));
    shell.stdin.on("error", () => undefined);
    shell.unref();
    (shell.stdin as Socket).unref();
    for (const group of this.groups) this.write("+", group);
  }

  /** Somebody ended the shell: another one takes over as soon as there is something to keep. */
  private lost(shell: ChildProcess): void {
    if (this.shell !== shell) return;
    this.shell = undefined;
    if (this.groups.size > 0 && shell.pid !== undefined) this.start();
  }

  private write(verb: "+" | "-", group: number): void {
    this.shell?.stdin?.write(`${verb} ${group}\n`);
  }
}
