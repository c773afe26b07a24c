/** What a shell has to know of a program in order to complete its command line. */
import { COMMANDS } from "../../lib/cli/commands.ts";
import { programOptions, type TextOption } from "../man/tables.ts";

export interface Program {
  readonly name: string;
  readonly options: readonly Completion[];
  /** What its first operand can be, where that says what to do. */
  readonly actions: readonly string[];
  /** Its options come before the first operand; what follows is a command with options of its own. */
  readonly optionsFirst: boolean;
}

export interface Completion {
  /** With dashes: `-b`, `--bind`. */
  readonly spellings: readonly string[];
  readonly argument?: Argument;
  /** A few words. */
  readonly text: string;
}

export interface Argument {
  /** What the table calls it: `SRC[:DST]`. */
  readonly name: string;
  /** It is given after "=" or not at all. */
  readonly optional: boolean;
  /** What it can be: `files`, `directories`, one of some words, or `anything`. */
  readonly values: Values;
}

export type Values = "files" | "directories" | "anything" | readonly string[];

/** By what a table calls the argument; any other is something that no shell can know. */
const VALUES: Readonly<Record<string, Values>> = {
  DIR: "directories",
  FEAT: ["cdi", "cdi-yaml", "extglob", "overlayfs", "seccomp", "squash", "tmpfs-xattrs"],
  FILE: "files",
  FORMAT: ["dir", "tar", "squash"],
  SRC: "files",
  X: "files",
};

export function programOf(directory: string, name: string): Program {
  const options = programOptions(directory, name).map(completionOf);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const actions = command?.actions?.map((action) => action.name) ?? [];
  return { name, options, actions, optionsFirst: name === "ch-run" };
}

/** The words of an option, and what may follow them. */
export function completionOf({ synopsis, text }: TextOption): Completion {
  const spellings = synopsis.split(", ").map((spelling) => spelling.replace(/[[=].*/, ""));
  const [, bracket, name] = /(\[?)=([^[\]]*(?:\[[^\]]*\])*)/.exec(synopsis) ?? [];
  const shortened = summaryOf(text);
  if (name === undefined) return { spellings, text: shortened };
  const values = VALUES[/^[A-Z]+/.exec(name)?.[0] ?? ""] ?? "anything";
  return { spellings, text: shortened, argument: { name, optional: bracket === "[", values } };
}

/** The first clause of a sentence. */
function summaryOf(text: string): string {
  return text.split(/[;.] |: | \(|, which /)[0] ?? text;
}

/** What the shell can put in front of a name that it makes: `ch-run` becomes `_ch_run`. */
export function functionName(program: Program): string {
  return `_${program.name.replaceAll("-", "_")}`;
}

/** The spellings of the options that take an argument as the next word. */
export function argumentSpellings({ options }: Program): readonly string[] {
  return options
    .filter(({ argument }) => argument && !argument.optional)
    .flatMap(({ spellings }) => spellings);
}
