/**
 * The command line. meow turns it into values; before that every argument is held against the
 * command's table and written out in full (`-vn` as `--verbose --dry-run`, `-i tar` as
 * `--in-fmt=tar`), since meow itself lets misspelt and incomplete options pass.
 */
import { usageError } from "../base/error.ts";
import type { Option } from "./options.ts";
import { nearest } from "./spelling.ts";

type Flags = Readonly<Record<string, unknown>>;

/** A parsed command line. Where an option is repeated without need, the last one counts. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #flags: Flags;

  constructor(operands: readonly string[], flags: Flags) {
    this.operands = operands;
    this.#flags = flags;
  }

  /** The same options with other operands. */
  withOperands(operands: readonly string[]): Arguments {
    return new Arguments(operands, this.#flags);
  }

  /** The argument of an option that takes one. */
  value(name: string): string | undefined {
    const last = this.#all(name).at(-1);
    return typeof last === "string" ? last : undefined;
  }

  /** How often a switch is given. */
  count(name: string): number {
    return this.#all(name).length;
  }

  /** The state of a switch that also has a --no- form. */
  isOn(name: string, otherwise: boolean): boolean {
    const last = this.#all(name).at(-1);
    return typeof last === "boolean" ? last : otherwise;
  }

  #all(name: string): readonly unknown[] {
    const values = this.#flags[flagKey(name)];
    if (!Array.isArray(values)) throw new RangeError(`no option --${name} in the table`);
    return values;
  }
}

/** A command line held against its table: options in full, operands apart. */
export interface SpelledOut {
  readonly words: readonly string[];
  readonly operands: readonly string[];
}

/** Check a command line against a table; throws usage errors. */
export function spellOut(argv: readonly string[], options: readonly Option[]): SpelledOut {
  const rest = [...argv];
  const words: string[] = [];
  const operands: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") operands.push(...rest.splice(0));
    else if (word.startsWith("--")) words.push(longOption(word, rest, options));
    else if (word.startsWith("-") && word !== "-") words.push(...shortOptions(word, rest, options));
    else operands.push(word);
  }
  return { words, operands };
}

/** The values of a command line that has been spelled out. */
export async function parseArguments(
  { words, operands }: SpelledOut,
  options: readonly Option[],
): Promise<Arguments> {
  // What is most of a short command's time is loaded only where there is something to parse.
  if (words.length === 0) return new Arguments(operands, noFlags(options));
  const { default: meow } = await import("meow");
  const flags = Object.fromEntries(
    options.map((option) => [flagKey(option.name), meowFlag(option)]),
  );
  const parsed = meow({
    importMeta: import.meta,
    pkg: {},
    argv: words.map(protectQuotes),
    flags,
    autoHelp: false,
    autoVersion: false,
    booleanDefault: undefined,
  });
  return new Arguments(operands, parsed.flags);
}

function noFlags(options: readonly Option[]): Flags {
  return Object.fromEntries(options.map(({ name }) => [flagKey(name), []]));
}

/** meow takes a pair of quotes around a value off, as if a shell had not done so already. */
function protectQuotes(word: string): string {
  return word.replace(/^(--[^=]+=)((["']).*\3)$/s, '$1"$2"');
}

function longOption(word: string, rest: string[], options: readonly Option[]): string {
  const [, spelling = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const option = options.find(({ name }) => name === spelling);
  if (option) return inFull(option, value, rest);
  if (!options.some(({ name, negatable }) => negatable && `no-${name}` === spelling)) {
    throw unknownOption(`--${spelling}`, options);
  }
  if (value !== undefined) throw usageError(`option --${spelling} takes no argument`);
  return word;
}

function shortOptions(word: string, rest: string[], options: readonly Option[]): string[] {
  const words: string[] = [];
  for (let letters = word.slice(1); letters !== ""; ) {
    const letter = letters.charAt(0);
    const option = options.find(({ short }) => short === letter);
    if (!option) throw unknownOption(`-${letter}`, options);
    const attached = letters.slice(1);
    letters = option.argument ? "" : attached;
    words.push(inFull(option, option.argument && attached ? attached : undefined, rest));
  }
  return words;
}

function inFull({ name, argument }: Option, value: string | undefined, rest: string[]): string {
  if (!argument) {
    if (value === undefined) return `--${name}`;
    throw usageError(`option --${name} takes no argument`);
  }
  const taken = value ?? rest.shift();
  if (!taken) throw usageError(`option --${name} needs an argument`);
  return `--${name}=${taken}`;
}

function unknownOption(spelling: string, options: readonly Option[]): Error {
  const known = options.map(({ name }) => `--${name}`);
  const guess = spelling.startsWith("--") ? nearest(spelling, known) : undefined;
  return usageError(`unknown option "${spelling}"`, guess ? `did you mean ${guess}?` : undefined);
}

/** meow's name of an option: --in-fmt is inFmt; --no-clobber is the negation of clobber. */
function flagKey(name: string): string {
  return name.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function meowFlag({ argument }: Option): { type: "string" | "boolean"; isMultiple: true } {
  return { type: argument ? "string" : "boolean", isMultiple: true };
}
