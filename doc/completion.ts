/**
 * Make the completion of one program for one shell: `node completion.mjs SOURCE_DIRECTORY FILE`, on
 * standard output. FILE is SHELL/NAME, as the shell wants it called. The options are those of the
 * tables that the programs themselves use, so that a completion cannot forget one.
 */
import { basename, dirname } from "node:path";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { type Program, programOf } from "./completion/program.ts";
import { zshCompletion } from "./completion/zsh.ts";

const SHELLS: Readonly<Record<string, (program: Program) => string>> = {
  bash: bashCompletion,
  fish: fishCompletion,
  zsh: zshCompletion,
};

const [directory = ".", file = ""] = process.argv.slice(2);
const shell = basename(dirname(file));
const complete = SHELLS[shell];
if (!complete) throw new RangeError(`no such shell: "${shell}"`);
process.stdout.write(complete(programOf(directory, programName(file))));

/** `_ch-run`, `ch-run.fish` and `ch-run` are all ch-run's. */
function programName(path: string): string {
  return basename(path)
    .replace(/^_/, "")
    .replace(/\.fish$/, "");
}
