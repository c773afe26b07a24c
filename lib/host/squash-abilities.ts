/** Which mksquashfs(1) this host has, and what that can do. */
import { runProgram } from "../base/process.ts";
import { requireProgram } from "../base/search.ts";
import type { Task } from "../base/task.ts";

/** What the mksquashfs of this host can do beyond its version 4.2. */
export interface SquashAbilities {
  readonly memory: boolean;
  readonly tar: boolean;
  readonly rootMode: boolean;
  readonly xattrsInclude: boolean;
  readonly actions: boolean;
}

export function findMksquashfs(): string {
  return requireProgram("mksquashfs", "squashfs-tools");
}

/** Ask mksquashfs what it can do, by its help text. */
export async function squashAbilities(task: Task): Promise<SquashAbilities> {
  const brief = await helpText("-help", task);
  // Newer ones answer -help with an overview.
  return parseAbilities(brief.includes("-noappend") ? brief : await helpText("-help-all", task));
}

async function helpText(option: string, task: Task): Promise<string> {
  const { stdout, errors } = await runProgram({ file: findMksquashfs(), args: [option] }, task);
  return [stdout, ...errors].join("\n");
}

export function parseAbilities(help: string): SquashAbilities {
  const knows = (option: string): boolean => new RegExp(`^\\s*${option}\\b`, "m").test(help);
  return {
    memory: knows("-mem"),
    tar: knows("-tar"),
    rootMode: knows("-root-mode"),
    xattrsInclude: knows("-xattrs-include"),
    actions: knows("-action-file"),
  };
}
