/** What the makefiles list, and what there is. A file that is not listed is not shipped. */
import { dirname } from "node:path/posix";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSource, sourceFiles } from "./sources.ts";

const FOLDERS = ["bin", "lib", "src-native", "doc", "misc", "test", "examples", "bench"];
const SUFFIXES = [".ts", ".c", ".h", ".cc", ".def", ".sh", ".md", ".gyp", ".gypi", ".py"];

const MAKEFILES = ["Makefile.am", ...FOLDERS.flatMap((folder) => sourceFiles(folder, [".am"]))];

/** Every word of a makefile; `%reldir%` and `%D%` are its folder. */
function wordsOf(makefile: string): readonly string[] {
  return readSource(makefile)
    .replace(/^[ \t]*#.*$/gm, "")
    .replace(/%reldir%|%D%/g, dirname(makefile))
    .split(/[\s=]+/);
}

const WORDS = new Set(MAKEFILES.flatMap(wordsOf));

test("every source file is listed in a makefile", () => {
  const sources = FOLDERS.flatMap((folder) => sourceFiles(folder, SUFFIXES));
  assert.equal(
    sources.filter((path) => !WORDS.has(path)),
    [],
  );
});

test("every source file that a makefile lists is there", () => {
  const sources = new Set(FOLDERS.flatMap((folder) => sourceFiles(folder, SUFFIXES)));
  const listed = [...WORDS].filter(
    (word) =>
      FOLDERS.some((folder) => word.startsWith(`${folder}/`)) &&
      SUFFIXES.some((suffix) => word.endsWith(suffix)) &&
      !/[$*%]/.test(word),
  );
  assert.equal(
    listed.filter((path) => !sources.has(path)),
    [],
  );
  assert.ok(listed.length > 0);
});

test("every TypeScript test is run", () => {
  const tests = sourceFiles("test", [".test.ts"]);
  const bundles = tests.map((path) => `dist/${path.replace(/\.ts$/, ".mjs")}`);
  assert.equal(
    bundles.filter((path) => !WORDS.has(path)),
    [],
  );
});

test("every test file runs its tests", () => {
  const silent = sourceFiles("test", [".test.ts"]).filter(
    (path) => !/^\s*(?:\w+\.run|runConditional)\(\);$/m.test(readSource(path)),
  );
  assert.equal(silent, []);
});

test("every test folder mirrors the source path", () => {
  const strays = sourceFiles("test/unit", [".test.ts"]).filter((path) => {
    const source = path.replace(/^test\/unit\//, "lib/").replace(/\.test\.ts$/, ".ts");
    return !WORDS.has(source);
  });
  assert.equal(strays, []);
});

test.run();
