/** The source tree, as the house tests read it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = process.env["CH_SOURCE_DIR"] ?? ".";
// Made by a build in the source directory.
const BUILT = ["build", "node_modules", ".deps"];

/** Our source files below a folder, relative to the root of the tree, by suffix. */
export function sourceFiles(folder: string, suffixes: readonly string[]): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return BUILT.includes(entry.name) ? [] : sourceFiles(path, suffixes);
    return suffixes.some((suffix) => path.endsWith(suffix)) ? [path] : [];
  });
}

/** The text of a file, by its path relative to the root of the tree. */
export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export function sourceLines(path: string): readonly string[] {
  return readSource(path).replace(/\n$/, "").split("\n");
}

/** C, of the programs and of what belongs to them. */
export function cFiles(): readonly string[] {
  return ["src-native", "test", "examples", "bench"].flatMap((folder) =>
    sourceFiles(folder, [".c", ".h", ".cc"]),
  );
}

/** TypeScript. */
export function typeScriptFiles(): readonly string[] {
  return ["bin", "lib", "doc", "test", "bench"].flatMap((folder) => sourceFiles(folder, [".ts"]));
}

/** A function of C or C++: the number of its first line, from 1, and the lines of its body. */
export interface Body {
  readonly line: number;
  readonly lines: readonly string[];
}

/** clang-format puts the braces of a function alone in the first column. Only what is declared with
 * one of these words has its there, too. */
const NO_FUNCTION = /^(?:namespace|class|struct|union|enum|extern)\b(?!.*\)$)/;

export function cBodies(path: string): readonly Body[] {
  const lines = sourceLines(path);
  return lines.flatMap((text, index) => {
    if (text !== "{" || NO_FUNCTION.test(lines[index - 1] ?? "")) return [];
    const length = lines.slice(index).findIndex((line) => line.startsWith("}")) + 1;
    return [{ line: index + 1, lines: lines.slice(index, index + length) }];
  });
}
