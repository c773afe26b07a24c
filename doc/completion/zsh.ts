/** Completion for zsh: the arguments of its own _arguments. */
import type { Argument, Completion, Program } from "./program.ts";

export function zshCompletion(program: Program): string {
  const specifications = [...program.options.flatMap(optionOf), ...operandsOf(program)];
  const stop = program.optionsFirst ? " -A '-*'" : "";
  return `#compdef ${program.name}
# Completion of ${program.name} for zsh, made from the table of its options.

_arguments -s${stop} \\
${specifications.map((words) => `    ${words}`).join(" \\\n")}
`;
}

/** One argument of _arguments for each spelling; all but the longest text is the same. */
function optionOf({ spellings, argument, text }: Completion): readonly string[] {
  return spellings.map((spelling) =>
    quoted(`*${spelling}${joint(spelling, argument)}[${escaped(text)}]${messageOf(argument)}`),
  );
}

/** How an argument follows: `--bind=` and as the next word, `-b` also at once. */
function joint(spelling: string, argument: Argument | undefined): string {
  if (!argument) return "";
  if (spelling.startsWith("--")) return argument.optional ? "=-" : "=";
  return argument.optional ? "-" : "+";
}

function messageOf(argument: Argument | undefined): string {
  if (!argument) return "";
  const colon = argument.optional ? "::" : ":";
  return `${colon}${escaped(argument.name)}:${actionOf(argument)}`;
}

function actionOf({ values }: Argument): string {
  if (values === "anything") return " ";
  if (values === "files") return "_files";
  return values === "directories" ? "_files -/" : `(${values.join(" ")})`;
}

function operandsOf({ optionsFirst, actions }: Program): readonly string[] {
  if (actions.length > 0) return [`'1:action:(${actions.join(" ")})'`, "'*:file:_files'"];
  return optionsFirst ? ["'1:image:_files'", "'*:::command:_files'"] : ["'*:file:_files'"];
}

function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
