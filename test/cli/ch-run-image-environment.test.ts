/** The image's variables, by default, and the options that change the rules. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, makeRoot } from "../helpers/root-image.ts";

const image = makeRoot(join(ownFolder(), "own"));
const FOLDER = join(image, "ch");

/** What the image has: /ch/environment, and Env of its metadata. */
interface Said {
  readonly file?: string;
  readonly Env?: readonly string[];
}

const LINES = "A=image\nQ='in quotes'\nP=/opt:$HOSTS:$NONE\n";

const ENV = { PATH: "/usr/bin:/bin", HOSTS: "host", A: "of the host", "odd name": "x" };

function describeImage({ file, Env }: Said): void {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  if (file !== undefined) writeFileSync(join(FOLDER, "environment"), file);
  if (Env) writeFileSync(join(FOLDER, "metadata.json"), JSON.stringify({ config: { Env } }));
}

/** Options, and the variables A, P, Q, X in the container, "-" where there is none. */
const RULES: readonly (readonly [Said, readonly string[], string])[] = [
  [{}, [], "of the host,-,-,-"],
  [{ file: LINES }, [], "image,/opt:host,in quotes,-"],
  [{ file: LINES }, ["--no-image-env"], "of the host,-,-,-"],
  [{ file: LINES }, ["--no-image-env", "--set-env"], "image,/opt:host,in quotes,-"],
  [{ file: LINES }, ["--set-env=A=option"], "option,/opt:host,in quotes,-"],
  [{ file: LINES }, ["--set-env=A=option", "--set-env"], "image,/opt:host,in quotes,-"],
  [{ file: LINES }, ["--set-env=X=$A:b"], "image,/opt:host,in quotes,image:b"],
  [{ file: LINES }, ["--unset-env=A"], "-,/opt:host,in quotes,-"],
  [{ file: LINES }, ["--unset-env=*", "--set-env=A=1"], "1,-,-,-"],
  [{ file: LINES }, ["--env-no-expand"], "image,/opt:$HOSTS:$NONE,in quotes,-"],
  [{ file: LINES }, ["--set-env=X=$A", "--env-no-expand"], "image,/opt:$HOSTS:$NONE,in quotes,$A"],
  [{ file: LINES }, ["--clean-env"], "image,/opt,in quotes,-"],
  [{ file: LINES }, ["--clean-env", "--no-image-env"], "-,-,-,-"],
  [{ Env: ["A=image", "P=/opt:$HOSTS", "Q='q'", "X=a=b"] }, [], "image,/opt:$HOSTS,'q',a=b"],
  [{ Env: ["A=image"] }, ["--no-image-env"], "of the host,-,-,-"],
  [{ Env: ["A=image"] }, ["--set-env=A=option"], "option,-,-,-"],
  [{ Env: ["A="] }, [], ",-,-,-"],
  [{ Env: ["A=metadata", "X=1"], file: "A=file" }, [], "file,-,-,-"],
];

for (const [said, options, expected] of RULES) {
  test(`ch-run ${options.join(" ")} of an image with ${JSON.stringify(said)}`, () => {
    describeImage(said);
    const script = `echo "\${A--},\${P--},\${Q--},\${X--}"`;
    const outcome = chRun(["-q", ...options, image, "--", "/bin/sh", "-c", script], { env: ENV });
    assert.is(assertDone(outcome), `${expected}\n`);
  });
}

test("ch-run --clean-env leaves only its own variables", () => {
  const outcome = chRun(["--clean-env", "-q", directoryImage(), "--", "/bin/env"], { env: ENV });
  const names = assertDone(outcome).replace(/=.*/g, "").trim().split("\n").sort();
  assert.equal(names, ["CH_RUNNING", "HOME"]);
});

test("ch-run appends /bin to the image's PATH, and does not miss the host's", () => {
  describeImage({ Env: ["PATH=/opt/bin"] });
  const outcome = chRun(["--clean-env", image, "--", "/bin/sh", "-c", 'echo "$PATH"']);
  assert.is(assertDone(outcome), "/opt/bin:/bin\n");
});

const WRONG: readonly (readonly [Said, string])[] = [
  [
    { file: "A=1\nwrong\n" },
    '/ch/environment:2: cannot set environment variable: "wrong" is not NAME=VALUE',
  ],
  [{ Env: ["A=1", "=x"] }, '"=x" is not NAME=VALUE'],
];

for (const [said, reason] of WRONG) {
  test(`ch-run refuses ${JSON.stringify(said)}, and --no-image-env helps`, () => {
    describeImage(said);
    const error = `cannot use the environment of image "${image}": ${reason}`;
    assertRefused(chRun([image, "--", "true"]), 31, error);
    assertDone(chRun(["--no-image-env", image, "--", "true"]));
  });
}

test("ch-run --set-env0=FILE sets what env -0 has written", () =>
  withFolder((folder) => {
    const file = join(folder, "file");
    const lines = "two\nlines\n";
    writeFileSync(file, must("env", "-i", `A=${lines}`, "B=b", "C=", "env", "-0"));
    const script = `printf "%s|%s|%s|" "$A" "$B" "\${C-unset}"`;
    const args = [`--set-env0=${file}`, directoryImage(), "--", "sh", "-c", script];
    assert.is(assertDone(chRun(args)), `${lines}|b||`);
  }));

test("ch-run --set-env0=FILE keeps the order of options and names file and item", () =>
  withFolder((folder) => {
    const file = join(folder, "file");
    writeFileSync(file, "A=file\0B=$A\0\0wrong");
    const args = [directoryImage(), "--", "true"];
    const reason = 'cannot set environment variable: "wrong" is not NAME=VALUE';
    assertRefused(chRun([`--set-env0=${file}`, ...args]), 31, `${file}:4: ${reason}`);
    writeFileSync(file, "A=file\0B=$A");
    const options = ["--set-env=A=before", `--set-env0=${file}`, "--set-env=C=$B:c"];
    const script = 'echo "$A,$B,$C"';
    const outcome = chRun([...options, directoryImage(), "--", "sh", "-c", script]);
    assert.is(assertDone(outcome), "file,file,file:c\n");
    const missing = `cannot read environment file "${folder}/none": No such file or directory`;
    assertRefused(chRun([`--set-env0=${folder}/none`, ...args]), 31, missing);
  }));

test.run();
