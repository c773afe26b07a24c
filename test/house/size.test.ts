/** Functions and files stay small; style.md, rules 1 and 2. There are no exceptions. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cBodies, cFiles, sourceLines, typeScriptFiles } from "./sources.ts";

interface Function {
  readonly path: string;
  /** Number of its first line, counted from 1. */
  readonly line: number;
  readonly length: number;
}

function cFunctions(path: string): readonly Function[] {
  return cBodies(path).map(({ line, lines }) => ({ path, line, length: lines.length }));
}

/** A line that ends in a brace opens a function unless it is a statement; the next closing brace in
 * the same column closes it. Biome sees to the columns. */
function typeScriptFunctions(path: string): readonly Function[] {
  const lines = sourceLines(path);
  return lines.flatMap((text, index) => {
    if (!/(?:=>|\)(?:: [^=]+)?) \{$/.test(text)) return [];
    if (/^\s*(?:\} )?(?:if|else|for|while|switch|catch|with)\b/.test(text)) return [];
    const indent = /^\s*/.exec(text)?.[0] ?? "";
    const end = lines.findIndex((line, at) => at > index && line.startsWith(`${indent}}`));
    return [{ path, line: index + 1, length: end - index + 1 }];
  });
}

function tooLong(functions: readonly Function[], limit: number): readonly string[] {
  return functions
    .filter(({ length }) => length > limit)
    .map(({ path, line, length }) => `${path}:${line}: ${length} lines`);
}

function filesTooLong(paths: readonly string[], limit: number): readonly string[] {
  return paths
    .map((path) => ({ path, length: sourceLines(path).length }))
    .filter(({ length }) => length > limit)
    .map(({ path, length }) => `${path}: ${length} lines`);
}

test("C functions are at most 60 lines", () => {
  const functions = cFiles().flatMap(cFunctions);
  assert.ok(functions.length > 0);
  assert.equal(tooLong(functions, 60), []);
});

test("TypeScript functions are at most 40 lines", () => {
  const functions = typeScriptFiles().flatMap(typeScriptFunctions);
  assert.ok(functions.length > 0);
  assert.equal(tooLong(functions, 40), []);
});

test("C files are at most 400 lines", () => {
  assert.equal(filesTooLong(cFiles(), 400), []);
});

test("TypeScript files are at most 150 lines, and tests 250", () => {
  const [tests, others] = [true, false].map((wanted) =>
    typeScriptFiles().filter((path) => path.endsWith(".test.ts") === wanted),
  );
  assert.equal(filesTooLong(others ?? [], 150), []);
  assert.equal(filesTooLong(tests ?? [], 250), []);
});

test.run();
