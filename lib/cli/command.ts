import type { Task } from "../base/task.ts";
import type { Arguments } from "./arguments.ts";
import { COMMON_OPTIONS, type Option } from "./options.ts";

/** A front end: what it is called, what it takes, and what it does. */
export interface Command {
  readonly name: string;
  /** One line: what it is for. */
  readonly summary: string;
  /** Its operands, in order; all are required, but for a switch that wants none. */
  readonly operands: readonly Operand[];
  /** What its first operand can be, where that says what to do. */
  readonly actions?: readonly Action[];
  /** Its own options; the common ones are added. */
  readonly options: readonly Option[];
  /** Paragraphs for --help and the man page. */
  readonly description: readonly string[];
  readonly examples: readonly Example[];
  run(args: Arguments, task: Task): Promise<void>;
}

export interface Operand {
  readonly name: string;
  readonly text: string;
  /** May be given several times; one operand of a command at most. */
  readonly repeatable?: boolean;
  /** May be left out; so are all that follow then. */
  readonly optional?: boolean;
}

/** One of the things that a command does: `pull IMAGE`. */
export interface Action {
  readonly name: string;
  readonly operands: readonly Operand[];
  /** Names of the command's options that mean something to it. */
  readonly options: readonly string[];
  readonly text: string;
  run(args: Arguments, task: Task): Promise<void>;
}

export interface Example {
  readonly text: string;
  readonly commands: readonly string[];
}

/** All options of a command, in the order they are listed. */
export function commandOptions(command: Command): readonly Option[] {
  return [...command.options, ...COMMON_OPTIONS];
}

/** `ch-convert [OPTION...] IN OUT` */
export function commandUsage(command: Command): string {
  return [command.name, "[OPTION...]", ...command.operands.map(operandSynopsis)].join(" ");
}

/** `pull IMAGE [NAME]` */
export function actionSynopsis({ name, operands }: Action): string {
  return [name, ...operands.map(operandSynopsis)].join(" ");
}

function operandSynopsis({ name, repeatable, optional }: Operand): string {
  const all = repeatable ? `${name}...` : name;
  return optional ? `[${all}]` : all;
}
