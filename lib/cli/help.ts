/** The text of --help, from a command's table. */
import {
  type Action,
  actionSynopsis,
  type Command,
  commandOptions,
  commandUsage,
} from "./command.ts";
import { COMMON_OPTIONS, type Option, optionSynopsis } from "./options.ts";

const WIDTH = 80;
const INDENT = "  ";
const TEXT_COLUMN = 8;

export function helpText(command: Command, operand?: string): string {
  const asked = command.actions?.find(({ name }) => name === operand);
  if (asked) return actionHelp(command, asked);
  const operands = command.operands.map(({ name, text }) => entry(name, text));
  const options = commandOptions(command).map((option) =>
    entry(optionSynopsis(option), option.text),
  );
  const examples = command.examples.map(({ text, commands }) =>
    [
      wrap(`${text}:`, INDENT.length),
      ...commands.map((line) => `${INDENT}${INDENT}$ ${line}`),
    ].join("\n"),
  );
  const actions = command.actions?.map((action) => entry(actionSynopsis(action), action.text));
  const sections = [
    `usage: ${commandUsage(command)}\n\n${wrap(command.summary, 0)}`,
    ...command.description.map((paragraph) => wrap(paragraph, 0)),
    section("Operands", operands),
    section("Actions", actions ?? []),
    section("Options", options),
    section("Examples", examples),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

/** What one action does, with the options that are for it. */
function actionHelp(command: Command, action: Action): string {
  const isFor = ({ name }: Option): boolean => action.options.includes(name);
  const options = [...command.options.filter(isFor), ...COMMON_OPTIONS];
  const sections = [
    `usage: ${command.name} [OPTION...] ${actionSynopsis(action)}\n\n${wrap(action.text, 0)}`,
    section(
      "Operands",
      action.operands.map(({ name, text }) => entry(name, text)),
    ),
    section(
      "Options",
      options.map((option) => entry(optionSynopsis(option), option.text)),
    ),
    wrap(`${command.name} --help tells of all actions.`, 0),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

function section(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? "" : [`${title}:`, ...entries].join("\n");
}

function entry(term: string, text: string): string {
  return `${INDENT}${term}\n${wrap(text, TEXT_COLUMN)}`;
}

/** Break text into lines that begin at `column` and end before the width of a terminal. */
export function wrap(text: string, column: number): string {
  const indent = " ".repeat(column);
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    const longer = line === indent ? indent + word : `${line} ${word}`;
    if (longer.length > WIDTH && line !== indent) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].join("\n");
}
