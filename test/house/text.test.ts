/** Rules of style.md that a look at the text can check and the formatters do not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  cBodies,
  cFiles,
  readSource,
  sourceFiles,
  sourceLines,
  typeScriptFiles,
} from "./sources.ts";

/** `path:line: text` of the lines that match. */
function linesWith(paths: readonly string[], pattern: RegExp): readonly string[] {
  return paths.flatMap((path) =>
    sourceLines(path).flatMap((text, index) =>
      pattern.test(text) ? [`${path}:${index + 1}: ${text.trim()}`] : [],
    ),
  );
}

/** The lines inside functions. */
function bodyLines(path: string): readonly string[] {
  return cBodies(path).flatMap(({ line, lines }) =>
    lines.map((text, index) => `${path}:${line + index}: ${text}`),
  );
}

test("nothing is left to be done later", () => {
  const prose = ["doc", "misc", "examples"].flatMap((folder) =>
    sourceFiles(folder, [".md", ".sh"]),
  );
  const marks = new RegExp(
    ["TO" + "DO", "FIX" + "ME", "X" + "XX"].map((m) => `\\b${m}\\b`).join("|"),
  );
  assert.equal(linesWith([...cFiles(), ...typeScriptFiles(), ...prose], marks), []);
});

test("C functions have no #if inside", () => {
  const inside = cFiles().flatMap(bodyLines);
  assert.equal(
    inside.filter((line) => /: *# *(?:if|else|elif|endif)/.test(line)),
    [],
  );
});

test("C calls none of the functions that style.md bans", () => {
  const banned = /\b(?:sprintf|vsprintf|strcpy|gets|atoi|atol|mktemp|tmpnam)\s*\(/;
  assert.equal(linesWith(cFiles(), banned), []);
});

test("C opens files close-on-exec", () => {
  const calls = sourceFiles("src-native", [".c"]).flatMap((path) =>
    [...readSource(path).matchAll(/\b(?:open|openat)\(([^;]*?)\)\s*[;?<>=]/gs)]
      .filter(([, call = ""]) => /\bO_(?:RDONLY|WRONLY|RDWR|PATH)\b/.test(call))
      .filter(([, call = ""]) => !call.includes("O_CLOEXEC"))
      .map(([call]) => `${path}: ${call}`),
  );
  assert.equal(calls, []);
});

test("messages begin in lower case and end without a full stop", () => {
  const c = sourceFiles("src-native", [".c"]).flatMap((path) =>
    [
      ...readSource(path).matchAll(
        /ch_error_(?:set|hint|wrap)\(\w+,(?:[^";]*,)?\s*((?:"(?:[^"\\]|\\.)*"\s*)+)/g,
      ),
    ].map(([, strings = ""]) => ({
      path,
      message: strings.replace(/"\s*"/g, "").trim().slice(1, -1),
    })),
  );
  const ts = sourceFiles("lib", [".ts"]).flatMap((path) =>
    [
      ...readSource(path).matchAll(/(?:new FatalError|usageError)\(\s*[`"]((?:[^"`\\]|\\.)*)[`"]/g),
    ].map(([, message = ""]) => ({ path, message })),
  );
  assert.ok(c.length > 0 && ts.length > 0);
  const wrong = [...c, ...ts].filter(({ message }) => /^[A-Z][a-z]+\b|[^.]\.$/.test(message));
  assert.equal(wrong, []);
});

test("every header opens with a paragraph", () => {
  const bare = sourceFiles("src-native", [".h"]).filter(
    (path) => !readSource(path).startsWith("/*"),
  );
  assert.equal(bare, []);
});

test.run();
