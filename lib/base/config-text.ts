/**
 * The text of a configuration file, as ch-run reads it, too (core/config_text.c): `KEY = VALUE` a
 * line, with words in front of the key that say how it is meant. A "#" at the beginning of a line or
 * behind a blank begins a comment, unless it is written "\#".
 */
import { FatalError } from "./error.ts";

export interface ConfigLine {
  /** Counted from 1. */
  readonly number: number;
  /** Nobody may change the value later. */
  readonly fixed: boolean;
  /** Left out by who does not know the key. */
  readonly ifKnown: boolean;
  readonly key: string;
  readonly value: string;
}

const BLANKS = " \\t\\r";
const WORD = new RegExp(`^(fixed|if-known)[${BLANKS}]+(?![${BLANKS}=])`);
const PAIR = new RegExp(`^([a-z0-9.-]+)[${BLANKS}]*=[${BLANKS}]*(.*)$`, "s");

/** The lines that say something; `path` is for messages. */
export function parseConfigText(text: string, path: string): readonly ConfigLine[] {
  const lines = text.split("\n").map(withoutComment);
  return lines.flatMap((line, index) => (line === "" ? [] : parseLine(line, index + 1, path)));
}

function withoutComment(line: string): string {
  const kept = line.replace(new RegExp(`(^|[${BLANKS}])#.*$`, "s"), "");
  return kept.replaceAll("\\#", "#").replace(new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, "g"), "");
}

function parseLine(line: string, number: number, path: string): ConfigLine {
  const words: string[] = [];
  let rest = line;
  for (let word = WORD.exec(rest); word; word = WORD.exec(rest)) {
    words.push(word[1] ?? "");
    rest = rest.slice(word[0].length);
  }
  const [, key, value] = PAIR.exec(rest) ?? [];
  if (key === undefined || value === undefined) {
    throw new FatalError(`${path}:${number}: "${rest}" is not KEY = VALUE`);
  }
  const has = (word: string): boolean => words.includes(word);
  return { number, fixed: has("fixed"), ifKnown: has("if-known"), key, value };
}

/**
 * A value with the variables that it names: `$NAME` and `${NAME}`; a dollar is written `\$`, a
 * backslash `\\`. `look` throws if there is no such variable.
 */
export function expandVariables(value: string, look: (name: string) => string): string {
  return value.replace(
    /\\([$\\])|\$(?:\{([a-zA-Z_]\w*)\}|([a-zA-Z_]\w*))|\$/g,
    (_, escaped?: string, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (escaped !== undefined) return escaped;
      if (name !== undefined) return look(name);
      throw new FatalError(`"${value}" has a dollar without a name; one is written "\\$"`);
    },
  );
}
