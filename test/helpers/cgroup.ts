/** Control groups made for a test, where that is allowed. */
import { existsSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { runAny } from "./program.ts";

let made = 0;

/** A control group that holds nobody; `file` must be in it. undefined if none can be made here. */
export function makeCgroup(file = "cgroup.procs"): string | undefined {
  for (const parent of ownCgroups()) {
    const folder = join(parent, `ch-test-${process.pid}-${made++}`);
    if (runAny("mkdir", [folder]).status !== 0) continue;
    if (existsSync(join(folder, file))) return folder;
    rmdirSync(folder);
  }
  return undefined;
}

/** Remove it when its last process is gone. */
export function removeCgroup(folder: string): Promise<void> {
  return eventually(`${folder} is empty`, () => runAny("rmdir", [folder]).status === 0);
}

/** Whether such a group can be made here. */
export function canMakeCgroup(file?: string): boolean {
  const folder = makeCgroup(file);
  if (folder !== undefined) rmdirSync(folder);
  return folder !== undefined;
}

/** Words that run the words after them in a control group. */
export function inCgroup(folder: string): string[] {
  return ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', folder];
}

/** Where our own groups are mounted, version 2 first. */
function ownCgroups(): string[] {
  const lines = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n");
  return lines.reverse().flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:(.*?):(.*)$/.exec(line) ?? [];
    const roots = controllers ? [controllers.replace(/^name=/, "")] : ["", "unified"];
    return roots.map((root) => join("/sys/fs/cgroup", root, path));
  });
}
