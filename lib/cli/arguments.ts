/**
 * The command line. Every argument is held against the command's table and written out in full
 * (`-vn` as `--verbose --dry-run`, `-i tar` as `--in-fmt=tar`), since meow, which turns it into
 * values, lets misspelt and incomplete options pass.
 */
import { usageError } from "../base/error.ts";
import { type Flags, flagKey, readFlags } from "./flags.ts";
import type { Option } from "./options.ts";
import { nearest } from "./spelling.ts";

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
  return new Arguments(operands, await readFlags(words, options));
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
