/** Completion for fish: a call of its builtin `complete` for each option. */
import {
  type Argument,
  argumentSpellings,
  type Completion,
  functionName,
  type Program,
} from "./program.ts";

export function fishCompletion(program: Program): string {
  const condition = program.optionsFirst ? ` -n _${functionName(program)}_has_no_operand` : "";
  const calls = program.options.flatMap(({ spellings, ...option }) =>
    groupsOf(spellings).map(
      (names) => `complete -c ${program.name}${condition}${names}${detailsOf(option)}`,
    ),
  );
  return `# Completion of ${program.name} for fish, made from the table of its options.
${program.optionsFirst || program.actions.length > 0 ? conditionOf(program) : ""}
${[...calls, ...actionCalls(program)].join("\n")}
`;
}

/** The first operand, where it says what to do. */
function actionCalls(program: Program): readonly string[] {
  if (program.actions.length === 0) return [];
  const condition = `-n _${functionName(program)}_has_no_operand`;
  return [`complete -c ${program.name} ${condition} -f -a ${quoted(program.actions.join(" "))}`];
}

/** Whether no operand has come yet: options end there, or it says what to do. */
function conditionOf(program: Program): string {
  return `
function _${functionName(program)}_has_no_operand
    set -l words (commandline -opc)
    set -l waiting no
    for word in $words[2..-1]
        if test $waiting = yes
            set waiting no
        else if contains -- $word ${argumentSpellings(program).join(" ")}
            set waiting yes
        else if not string match -q -- '-*' $word
            return 1
        end
    end
    return 0
end
`;
}

/** A letter and a name go together; a second name, as of --no-xattrs, is an option of its own. */
function groupsOf(spellings: readonly string[]): readonly string[] {
  const letter = spellings.find((spelling) => !spelling.startsWith("--"));
  const names = spellings.filter((spelling) => spelling.startsWith("--"));
  return names.map((name, index) => {
    const short = index === 0 && letter ? ` -s ${letter.slice(1)}` : "";
    return `${short} -l ${name.slice(2)}`;
  });
}

function detailsOf({ argument, text }: Omit<Completion, "spellings">): string {
  return `${argument && !argument.optional ? valuesOf(argument) : ""} -d ${quoted(text)}`;
}

function valuesOf({ values }: Argument): string {
  if (values === "anything") return " -x";
  if (values === "files") return " -r -F";
  if (values === "directories") return " -x -a '(__fish_complete_directories)'";
  return ` -x -a ${quoted(values.join(" "))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
