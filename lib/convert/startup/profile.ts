/**
 * Profiles: the files that a program used, as `ch-run --record` writes them; a line each, as an
 * absolute path in the image, in order of first use. Lines that begin with # are for people.
 */
import { readFileSync } from "node:fs";
import { FatalError, failure } from "../../base/error.ts";

/** The paths of a profile, each once. */
export function readProfile(file: string): string[] {
  let text: string;
  try {
    // Names are bytes: they need not be UTF-8.
    text = readFileSync(file, "latin1");
  } catch (error) {
    throw failure("read profile", file, error);
  }
  try {
    return parseProfile(text);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new FatalError(`cannot use profile "${file}": ${words}`, { cause: error });
  }
}

export function parseProfile(text: string): string[] {
  const lines = text.split("\n").map((line, index) => ({ line, number: index + 1 }));
  const paths = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  const wrong = paths.find(({ line }) => !line.startsWith("/"));
  if (wrong) throw new FatalError(`line ${wrong.number} is not an absolute path`);
  return [...new Set(paths.map(({ line }) => line))];
}
