/** What ch-run's exit status says: its own troubles, and otherwise what the command does. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun, shell } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

const SIGNALS = ["HUP", "INT", "ABRT", "KILL", "SEGV", "PIPE", "TERM", "USR1"] as const;

for (const [kind, image] of images()) {
  for (const status of [0, 1, 2, 31, 49, 64, 84, 87, 126, 127, 128, 137, 200, 255]) {
    test(`ch-run passes on status ${status} from a ${kind}`, () => {
      const outcome = chRun([image, "--", "sh", "-c", `exit ${status}`]);
      assert.equal([outcome.status, outcome.stderr], [status, ""]);
    });
  }

  for (const signal of SIGNALS) {
    test(`ch-run of a ${kind} ends by SIG${signal} as its command does`, () => {
      const args = [image, "--", "sh", "-c", `ulimit -c 0; kill -${signal} $$`];
      assert.is(chRun(args).signal, `SIG${signal}`);
    });
  }

  test(`a shell sees 128 and the number of the signal that ended a command in a ${kind}`, () => {
    const script = '"$0" "$1" -- sh -c \'kill -TERM $$\'; echo $?';
    assert.is(shell(script, [image]).stdout, "143\n");
  });

  test(`a command that is not in a ${kind} is status 49, with a hint that shows $PATH`, () => {
    const outcome = chRun([image, "--", "bogus"], { env: { PATH: "/usr/bin:/bin" } });
    const error = `cannot run "bogus" in image "${image}": No such file or directory`;
    assertRefused(outcome, 49, error);
    assert.match(outcome.stderr, '$PATH is "/usr/bin:/bin"\n');
  });
}

const image = directoryImage();

/** Commands that are there and cannot be run; %s is a folder of the host that is bound at /mnt. */
const COMMANDS: readonly (readonly [string, (path: string) => unknown, string])[] = [
  ["not executable", (path) => writeFileSync(path, "#!/bin/sh\n"), "Permission denied"],
  ["a directory", (path) => mkdirSync(path), "Permission denied"],
  ["garbage", (path) => writeFileSync(path, "\x01\x02\x03"), "Exec format error"],
  ["empty", (path) => writeFileSync(path, ""), "Exec format error"],
  ["a script without #!", (path) => writeFileSync(path, "echo no\n"), "Exec format error"],
  ["of another processor", (path) => writeFileSync(path, foreignProgram()), "Exec format error"],
  [
    "of a missing interpreter",
    (path) => writeFileSync(path, "#!/no/sh\n"),
    "No such file or direct",
  ],
];

/** The head of an ELF file for the AT&T WE 32100, which nobody runs this on. */
function foreignProgram(): Buffer {
  const head = Buffer.alloc(64);
  head.write("\x7fELF\x02\x01\x01", "latin1");
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(1, 18);
  return head;
}

for (const [what, make, cause] of COMMANDS) {
  test(`a command that is ${what} is status 49`, () =>
    withFolder((folder) => {
      const path = join(folder, "command");
      make(path);
      if (what !== "not executable") chmodSync(path, 0o755);
      for (const command of ["/mnt/command", "command"]) {
        const args = [`--bind=${folder}:/mnt`, "--set-env=PATH=/mnt:/bin", image, "--", command];
        assertRefused(
          chRun(args),
          49,
          new RegExp(`: cannot run "${command}" in image .*: ${cause}`),
        );
      }
    }));
}

/** Where the shell looks, and whether it finds `echo`. */
const PATHS: readonly (readonly [string, string, boolean])[] = [
  ["/bin", "/", true],
  ["/no/such:/etc/passwd:/bin", "/", true],
  ["", "/bin", true],
  [":", "/bin", true],
  ["/etc:", "/bin", true],
  ["/etc", "/bin", false],
  ["", "/etc", false],
  ["bin", "/", true],
];

for (const [path, cwd, found] of PATHS) {
  test(`PATH="${path}" ${found ? "finds" : "does not find"} a command of /bin from ${cwd}`, () => {
    const args = [`--cd=${cwd}`, `--set-env=PATH=${path}`, image, "--", "echo", "found"];
    const { status, stdout } = chRun(args);
    assert.equal([status, stdout], found ? [0, "found\n"] : [49, ""]);
  });
}

test("an empty command is not found", () => {
  assertRefused(chRun([image, "--", ""]), 49, /: cannot run "" in image .*: No such file/);
});

test("a directory to start in that is not in the image is status 31", () => {
  const outcome = chRun(["--cd=/no/such", image, "--", "true"]);
  assertRefused(
    outcome,
    31,
    /^error: cannot change to directory "\/no\/such" in the container: No /,
  );
});

test.run();
