/** What an image says of itself: ENTRYPOINT, CMD and WORKDIR in /ch/metadata.json. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { makeRoot, makeSquashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const image = makeRoot(join(ownFolder(), "own"));
mkdirSync(join(image, "ch"));

/** Write the metadata: this text, or an object with this configuration. */
function describeImage(metadata: string | Readonly<Record<string, unknown>>): void {
  const text = typeof metadata === "string" ? metadata : JSON.stringify({ config: metadata });
  writeFileSync(join(image, "ch/metadata.json"), text);
}

const SHELL = ["/bin/sh", "-c", 'echo "shell $0 $*"'];
const SHELL_CMD = ["/bin/sh", "-c", "echo x"];
const ECHO = ["echo", "entry"];

/** ENTRYPOINT, CMD, COMMAND, and the output; as Docker does it. */
const MATRIX: readonly (readonly [
  readonly string[] | null,
  readonly string[] | null,
  readonly string[],
  string,
])[] = [
  [null, ["echo", "cmd"], [], "cmd\n"],
  [null, ["echo", "cmd"], ["echo", "command"], "command\n"],
  [null, null, ["echo", "command"], "command\n"],
  [null, ["/bin/sh", "-c", "echo a $HOME_; echo b"], [], "a\nb\n"],
  [ECHO, null, [], "entry\n"],
  [ECHO, ["cmd", "x y"], [], "entry cmd x y\n"],
  [ECHO, ["cmd"], ["command"], "entry command\n"],
  [ECHO, null, ["command", "-n", "--"], "entry command -n --\n"],
  [ECHO, [], [], "entry\n"],
  [[], ["echo", "cmd"], [], "cmd\n"],
  [SHELL, null, [], "shell /bin/sh \n"],
  [SHELL, ["cmd", "x"], [], "shell cmd x\n"],
  [SHELL, ["cmd"], ["command"], "shell command \n"],
  [SHELL, null, ["command"], "shell command \n"],
  // The shell form of CMD is a list, too: words for an ENTRYPOINT.
  [null, SHELL_CMD, [], "x\n"],
  [null, SHELL_CMD, ["echo", "command"], "command\n"],
  [ECHO, SHELL_CMD, [], "entry /bin/sh -c echo x\n"],
  [ECHO, SHELL_CMD, ["command"], "entry command\n"],
  [SHELL, SHELL_CMD, [], "shell /bin/sh -c echo x\n"],
  [SHELL, SHELL_CMD, ["command"], "shell command \n"],
];

for (const [Entrypoint, Cmd, command, output] of MATRIX) {
  const title = `ENTRYPOINT ${JSON.stringify(Entrypoint)} CMD ${JSON.stringify(Cmd)}`;
  test(`${title}: ch-run IMAGE ${command.join(" ")}`, () => {
    describeImage({ Entrypoint, Cmd });
    assert.is(assertDone(chRun([image, ...command])), output);
    assert.is(assertDone(chRun([image, "--", ...command])), output);
  });
}

for (const metadata of [{}, { Entrypoint: [], Cmd: null }, "{}", '{"config": null}']) {
  test(`ch-run IMAGE with ${JSON.stringify(metadata)} misses a command`, () => {
    describeImage(metadata);
    assertRefused(chRun([image]), 64, `no command given to run in image "${image}"`);
  });
}

test("ch-run starts in WORKDIR, unless --cd says otherwise", () => {
  describeImage({ WorkingDir: "/usr/bin", Cmd: ["pwd"] });
  assert.is(assertDone(chRun([image])), "/usr/bin\n");
  assert.is(assertDone(chRun([image, "pwd"])), "/usr/bin\n");
  assert.is(assertDone(chRun(["--cd=/etc", image])), "/etc\n");
  describeImage({ WorkingDir: "", Cmd: ["pwd"] });
  assert.is(assertDone(chRun([image])), "/\n");
  describeImage({ WorkingDir: "/none" });
  const error = 'cannot change to directory "/none" in the container: No such file or directory';
  assertRefused(chRun([image, "pwd"]), 31, error);
});

test("ch-run finds an image's command by the image's PATH", () => {
  describeImage({ Env: ["PATH=/usr/bin:/bin"], Cmd: ["echo", "found"] });
  const outcome = chRun([image], { env: { PATH: "/nowhere" } });
  assert.is(assertDone(outcome), "found\n");
});

testIf(squashWay !== "impossible", "no SquashFS images here")(
  "ch-run takes the metadata of a SquashFS image",
  () =>
    withFolder((folder) => {
      describeImage({ Entrypoint: ECHO, Cmd: ["cmd"], WorkingDir: "/usr" });
      const squash = makeSquashImage(image, join(folder, "image.sqfs"));
      const { status, stdout } = chRun([squash]);
      assert.equal([status, stdout], [0, "entry cmd\n"]);
    }),
);

const WRONG: readonly (readonly [string, string])[] = [
  ["", "not JSON: not a value at byte 0"],
  ['{"config": {}', "not JSON: neither comma nor end at byte 13"],
  ["[]", "not an object"],
  ['{"config": []}', '"config" is not an object'],
  ['{"config": {"Cmd": "sh"}}', '"Cmd" is not a list of strings'],
  ['{"config": {"Entrypoint": ["sh", 1]}}', '"Entrypoint" is not a list of strings'],
  ['{"config": {"WorkingDir": ["/"]}}', '"WorkingDir" is not a string'],
  ["[".repeat(100_000), "not JSON: nested too deeply at byte 64"],
];

for (const [text, reason] of WRONG) {
  test(`ch-run refuses metadata ${text.slice(0, 40)}: ${reason}`, () => {
    describeImage(text);
    const error = `cannot use "/ch/metadata.json" of image "${image}": ${reason}`;
    assertRefused(chRun([image, "true"]), 31, error);
  });
}

test("ch-run does not wait for metadata that is no file", () => {
  const path = join(image, "ch/metadata.json");
  rmSync(path);
  must("mkfifo", path);
  const error = 'cannot read "/ch/metadata.json" in the image: Invalid argument';
  assertRefused(chRun([image, "true"]), 31, error);
  rmSync(path);
});

test("metadata is looked up in the image, where its symlinks lead", () => {
  rmSync(join(image, "ch"), { recursive: true });
  must("ln", "-s", `${ownFolder()}/outside`, join(image, "ch"));
  mkdirSync(join(ownFolder(), "outside"));
  writeFileSync(join(ownFolder(), "outside/metadata.json"), "wrong");
  assert.is(assertDone(chRun([image, "--", "echo", "ok"])), "ok\n");
});

test.run();
