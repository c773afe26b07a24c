/**
 * What the programs know about themselves, as blocks for their man pages: the tables of the C
 * programs, read as text, and those of the front ends.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { actionSynopsis, type Command, commandOptions } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { optionSynopsis } from "../../lib/cli/options.ts";
import type { Block } from "./blocks.ts";
import { bold, italic, plain, type Text } from "./inline.ts";

/** By the name that the prose calls them by. */
export type Tables = Readonly<Record<string, readonly Block[]>>;

export const OPTION_FILES: Readonly<Record<string, string>> = {
  "ch-run": "src-native/run/options.def",
  "ch-checkns": "src-native/checkns/options.def",
};

/** The tables of a program; none for a page that is about no program. */
export function tablesOf(directory: string, program: string): Tables {
  const command = COMMANDS.find(({ name }) => name === program);
  const options = optionTable(programOptions(directory, program));
  if (command) return { ...commandTables(command), options };
  return OPTION_FILES[program] === undefined ? {} : { options };
}

/** The options of a program; none if it is no program. */
export function programOptions(directory: string, program: string): readonly TextOption[] {
  const command = COMMANDS.find(({ name }) => name === program);
  if (command) {
    return commandOptions(command).map((option) => ({
      synopsis: optionSynopsis(option),
      text: option.text,
    }));
  }
  const file = OPTION_FILES[program];
  return file === undefined ? [] : parseOptions(readFileSync(join(directory, file), "utf8"));
}

function optionTable(options: readonly TextOption[]): readonly Block[] {
  return options.map(({ synopsis, text }) => definition(spellings(synopsis), text));
}

function commandTables(command: Command): Tables {
  const { name, summary, operands, description, examples } = command;
  const lowered = summary.charAt(0).toLowerCase() + summary.slice(1).replace(/\.$/, "");
  return {
    name: [paragraph(`${name} - ${lowered}`)],
    synopsis: [{ kind: "paragraph", text: synopsisOf(command) }],
    actions: (command.actions ?? []).map((action) =>
      definition(bold(actionSynopsis(action)), action.text),
    ),
    operands: operands.map((operand) => definition(italic(operand.name), operand.text)),
    description: description.map(paragraph),
    examples: examples.flatMap(({ text, commands }): Block[] => [
      paragraph(`${text}:`),
      { kind: "example", text: commands.map((line) => `$ ${line}`).join("\n") },
    ]),
  };
}

function synopsisOf({ name, operands }: Command): Text {
  const names = operands.flatMap((operand) => [
    ...plain(operand.optional ? " [" : " "),
    ...italic(operand.name),
    ...plain(operand.repeatable ? "..." : ""),
    ...plain(operand.optional ? "]" : ""),
  ]);
  return [...bold(name), ...plain(" ["), ...italic("OPTION"), ...plain("...]"), ...names];
}

export interface TextOption {
  /** `-b, --bind=SRC[:DST]` */
  readonly synopsis: string;
  readonly text: string;
}

/** The CH_OPTION() lines of an options.def; throws if one cannot be read. */
export function parseOptions(source: string): readonly TextOption[] {
  const code = source.replace(/\/\*.*?\*\//gs, "");
  return code
    .split(/^CH_OPTION(?=\()/m)
    .slice(1)
    .map(parseOption);
}

function parseOption(call: string): TextOption {
  const pattern =
    /^\(\s*"([^"]+)",\s*(?:'(.)'|0),\s*(?:"([^"]+)"|NULL),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)/;
  const [, name, letter, argument = "", strings] = pattern.exec(call) ?? [];
  if (!name || !strings) throw new RangeError(`cannot read option: ${call}`);
  const value = argument === "" || argument.startsWith("[") ? argument : `=${argument}`;
  const long = `--${name}${value}`;
  return { synopsis: letter ? `-${letter}, ${long}` : long, text: joinStrings(strings) };
}

/** "a " "b" is one string in C. */
function joinStrings(strings: string): string {
  return [...strings.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
    .map(([, text = ""]) => text.replace(/\\(.)/g, "$1"))
    .join("");
}

/** `-b, --bind=SRC`: what is typed as it stands is bold, what it stands for is italic. */
function spellings(synopsis: string): Text {
  return synopsis
    .split(", ")
    .flatMap((spelling, index) => [...plain(index === 0 ? "" : ", "), ...spellingOf(spelling)]);
}

function spellingOf(spelling: string): Text {
  const [, option = "", optional, required] =
    /^(--?[\w-]+)(?:\[=(.*)\]|=(.*))?$/.exec(spelling) ?? [];
  if (optional) return [...bold(option), ...plain("[="), ...italic(optional), ...plain("]")];
  return required ? [...bold(option), ...plain("="), ...italic(required)] : bold(option);
}

function definition(term: Text, text: string): Block {
  return { kind: "definition", term, text: plain(text) };
}

function paragraph(text: string): Block {
  return { kind: "paragraph", text: plain(text) };
}
