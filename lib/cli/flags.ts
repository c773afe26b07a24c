/**
 * The values of options that are written out in full. meow is loaded for negations only, of which
 * the last one counts: it brings, for example, what knows the spelling of licenses, and that takes
 * longer than most short commands. All other options need nothing more once they are in full.
 */
import type { Option } from "./options.ts";

export type Flags = Readonly<Record<string, unknown>>;

/** What is given for each option of the table, by its key. */
export async function readFlags(
  words: readonly string[],
  options: readonly Option[],
): Promise<Flags> {
  return plainFlags(words, options) ?? (await meowFlags(words, options));
}

/** meow's name of an option: --in-fmt is inFmt; --no-clobber is the negation of clobber. */
export function flagKey(name: string): string {
  return name.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Undefined if there are negations. */
function plainFlags(words: readonly string[], options: readonly Option[]): Flags | undefined {
  const flags = new Map<string, (string | true)[]>(options.map(({ name }) => [flagKey(name), []]));
  for (const word of words) {
    const [, name, value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const option = options.find((known) => known.name === name);
    if (!option || option.negatable || option.name.startsWith("no-")) return undefined;
    flags.get(flagKey(option.name))?.push(value ?? true);
  }
  return Object.fromEntries(flags);
}

/** The same, whatever the options. */
export async function meowFlags(
  words: readonly string[],
  options: readonly Option[],
): Promise<Flags> {
  const { default: meow } = await import("meow");
  const parsed = meow({
    importMeta: import.meta,
    pkg: {},
    argv: words.map(protectQuotes),
    flags: Object.fromEntries(options.map((option) => [flagKey(option.name), meowFlag(option)])),
    autoHelp: false,
    autoVersion: false,
    booleanDefault: undefined,
  });
  return parsed.flags;
}

/** meow takes a pair of quotes around a value off, as if a shell had not done so already. */
function protectQuotes(word: string): string {
  return word.replace(/^(--[^=]+=)((["']).*\3)$/s, '$1"$2"');
}

function meowFlag({ argument }: Option): { type: "string" | "boolean"; isMultiple: true } {
  return { type: argument ? "string" : "boolean", isMultiple: true };
}
