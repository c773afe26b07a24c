/** Variables from files: --set-env=FILE, and --set-env for the image's own /ch/environment. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, makeRoot } from "../helpers/root-image.ts";

const image = directoryImage();

const FILE = `PLAIN=value
QUOTED='a value'

EMPTY=
EMPTY_QUOTES=''
INNER=it's 'quoted' here
ONE_QUOTE='
DOUBLE="kept"
NESTED=''twice''
PATH_LIKE=/opt:$BASE:$NONE
SPACED= x 
EQUALS=a=b
`;

const EXPECTED = `BASE=/base
DOUBLE="kept"
EMPTY=
EMPTY_QUOTES=
EQUALS=a=b
INNER=it's 'quoted' here
NESTED='twice'
ONE_QUOTE='
PATH_LIKE=/opt:/base
PLAIN=value
QUOTED=a value
SPACED= x 
`;

/** The variables in the container that are not on the host, sorted. */
function added(...options: readonly string[]): string {
  const unset = ["--unset-env=PATH", "--unset-env=HOME", "--unset-env=CH_*"];
  const outcome = chRun([...unset, ...options, image, "--", "/bin/env"]);
  return assertDone(outcome)
    .split("\n")
    .sort()
    .slice(1)
    .map((line) => `${line}\n`)
    .join("");
}

test("ch-run --set-env=FILE sets what is in each of its lines", () =>
  withFolder((folder) => {
    const file = join(folder, "environment");
    writeFileSync(file, FILE);
    assert.is(added("--set-env=BASE=/base", `--set-env=${file}`), EXPECTED);
  }));

test("ch-run --set-env=FILE needs no newline at the end", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "file"), "A=1\nB=2");
    assert.is(added(`--set-env=${folder}/file`), "A=1\nB=2\n");
  }));

test("ch-run --set-env and --unset-env act in their order, files as well", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "one"), "A=one\nB=one\n");
    writeFileSync(join(folder, "two"), "B=two\nC=$A\n");
    const [one, two] = [`--set-env=${folder}/one`, `--set-env=${folder}/two`];
    assert.is(added(one, two), "A=one\nB=two\nC=one\n");
    assert.is(added(two, one), "A=one\nB=one\nC=\n");
    assert.is(added(one, "--unset-env=A", two), "B=two\nC=\n");
  }));

test("ch-run --set-env=FILE reads a file of the host, from where it was started", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "file"), "A=host\n");
    const args = ["--set-env=file", "-c", "/etc", image, "--", "sh", "-c", 'echo "$A"'];
    assert.is(assertDone(chRun(args, { cwd: folder })), "host\n");
  }));

const BAD_LINES: readonly (readonly [string, number, string])[] = [
  ["GOOD=1\nbad\n", 2, '"bad" is not NAME=VALUE'],
  ["\n\n=x\n", 3, '"=x" is not NAME=VALUE'],
  ["export A\n", 1, '"export A" is not NAME=VALUE'],
  ["# a comment\n", 1, '"# a comment" is not NAME=VALUE'],
];

for (const [text, number, problem] of BAD_LINES) {
  test(`ch-run --set-env=FILE names file and line of ${JSON.stringify(text)}`, () =>
    withFolder((folder) => {
      const file = join(folder, "file");
      writeFileSync(file, text);
      const error = `${file}:${number}: cannot set environment variable: ${problem}`;
      assertRefused(chRun([`--set-env=${file}`, image, "--", "true"]), 31, error);
    }));
}

const BAD_ARGUMENTS: readonly (readonly [string, RegExp])[] = [
  ["=x", /^error: cannot set environment variable: "=x" is not NAME=VALUE$/],
  ["/no/such", /^error: cannot read environment file "\/no\/such": No such file or directory$/],
  ["/etc", /^error: cannot read environment file "\/etc": Is a directory$/],
  ["", /^error: cannot read environment file "": No such file or directory$/],
];

for (const [argument, error] of BAD_ARGUMENTS) {
  test(`ch-run --set-env="${argument}" is an error`, () => {
    assertRefused(chRun([`--set-env=${argument}`, image, "--", "true"]), 31, error);
  });
}

test("ch-run --set-env takes the image's /ch/environment", () =>
  withFolder((folder) => {
    const own = makeRoot(join(folder, "image"));
    mkdirSync(join(own, "ch"));
    writeFileSync(join(own, "ch/environment"), "A='from the image'\n");
    const args = ["--set-env", own, "--", "sh", "-c", 'echo "$A"'];
    assert.is(assertDone(chRun(args)), "from the image\n");
    writeFileSync(join(own, "ch/environment"), "A=1\nwrong\n");
    const error = /^error: \/ch\/environment:2: .*"wrong" is not NAME=VALUE$/;
    assertRefused(chRun(["--no-image-env", ...args]), 31, error);
  }));

test("ch-run --set-env is an error if the image has no /ch/environment", () => {
  const error = /^error: .*cannot read environment file "\/ch\/environment": No such file/;
  assertRefused(chRun(["--set-env", image, "--", "true"]), 31, error);
});

test.run();
