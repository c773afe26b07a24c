/** A command that is there and cannot be run: what is wrong with it, and with what it needs. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertCause, canPrepare } from "../helpers/cause.ts";
import { chRun } from "../helpers/ch-run.ts";
import { makeElf } from "../helpers/elf.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, messages } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { directoryImage } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const image = directoryImage();

/** How it is made in a folder, what is said of it, and what can be done (null: nothing). */
type Row = readonly [string, (path: string) => unknown, string, string | null];

const script = (text: string | Buffer) => (path: string) =>
  writeFileSync(path, text, { mode: 0o755 });
/** ELF's number of a machine that this one is not: aarch64, or x86_64. */
const FOREIGN = process.arch === "arm64" ? 62 : 183;
const FIX = "you can fix it: ";

const ROWS: readonly Row[] = [
  [
    "without permission",
    (path) => writeFileSync(path, "#!/bin/sh\n", { mode: 0o644 }),
    "Permission denied: it has no permission to be executed",
    `${FIX}chmod a\\+rx`,
  ],
  ["that is a directory", (path) => mkdirSync(path), "Permission denied: it is a directory", null],
  ["that is empty", script(""), "Exec format error: it is empty", null],
  [
    "of an unknown format",
    script("\x01\x02\x03"),
    "Exec format error: it is neither an ELF program nor a script",
    null,
  ],
  [
    "that is a text without #!",
    script("echo no\n"),
    "Exec format error: it is a text without a first line that begins with #!",
    `${FIX}put #!/bin/sh`,
  ],
  [
    "whose interpreter is missing",
    script("#! /no/sh -e\n"),
    'No such file or directory: its interpreter "/no/sh" is not in the container',
    `${FIX}add it to the image`,
  ],
  [
    "with DOS line ends",
    script("#!/bin/sh\r\necho no\r\n"),
    "No such file or directory: its first line ends in a carriage return",
    `${FIX}give it Unix line ends`,
  ],
  [
    "whose interpreter is a directory",
    script("#!/bin\n"),
    'Permission denied: its interpreter "/bin": it is a directory',
    null,
  ],
  [
    "that is a dangling symbolic link",
    (path) => symlinkSync("/no/such", path),
    'No such file or directory: it is a symbolic link to "/no/such", which is not in the container',
    `${FIX}bind what it leads to`,
  ],
  [
    "that is cut off",
    script(readFileSync(installed("ch-run")).subarray(0, 100)),
    "Exec format error: it is for this machine, but cut off or damaged",
    null,
  ],
  [
    "of another processor",
    script(makeElf({ machine: FOREIGN })),
    "Exec format error: it is a program for \\w+, and this machine is \\w+",
    `${FIX}take an image that was made for \\w+; or the administrator: install the emulator`,
  ],
  [
    "whose dynamic loader is missing",
    script(withLoader("/no/ld.so")),
    'No such file or directory: its dynamic loader "/no/ld.so" is not in the container',
    `${FIX}add the C library`,
  ],
];

/** ch-run itself, with another name of the same place for its loader, cut to fit. */
function withLoader(name: string): Buffer {
  const program = readFileSync(installed("ch-run"));
  const at = program.indexOf("/lib");
  program.write(`${name}\0`, at, "latin1");
  return program;
}

for (const [what, make, error, hint] of ROWS) {
  for (const command of ["/mnt/command", "command"]) {
    test(`"${command}" ${what} is said to be so`, () =>
      withFolder((folder) => {
        make(join(folder, "command"));
        const path = ["--set-env=PATH=/no/such:/mnt:/bin"];
        const outcome = chRun([`--bind=${folder}:/mnt`, ...path, image, "--", command]);
        assertRefused(outcome, 49, new RegExp(`: cannot run "${command}" in image .*: ${error}`));
        const found = messages(outcome.stderr)[1];
        if (hint === null) assert.is(found, undefined);
        else assert.match(found ?? "", new RegExp(`^hint: ${hint}`));
      }));
  }
}

testIf(canPrepare, "no user namespaces")("a noexec file system is named", () =>
  assertCause({
    prepare: `mount -t tmpfs -o noexec none /mnt && echo "#!/bin/sh" >/mnt/command &&
      chmod 755 /mnt/command || exit 98`,
    args: ["--bind=/mnt", image, "--", "/mnt/command"],
    status: 49,
    error: "Permission denied: it is on a file system that is mounted noexec",
    hint: "you can fix it: move the image",
  }),
);

test("arguments that are too long are named", () => {
  const { status, stderr } = chRun([image, "--", "true", "x".repeat(100_000)]);
  assert.equal([status, stderr], [0, ""]);
  const grown = `--set-env=BIG=${"x".repeat(100_000)}:$BIG`;
  const outcome = chRun([grown, grown, image, "--", "true"]);
  assertRefused(outcome, 49, /: Argument list too long: its arguments and environment are too /);
});

test("the search in $PATH goes on behind a file that cannot be run", () =>
  withFolder((folder) => {
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "echo"), "#!/no/sh\n", { mode: 0o755 });
    const args = [`--bind=${folder}:/mnt`, "--set-env=PATH=/mnt:/bin", image, "--", "echo", "yes"];
    assert.is(chRun(args).stdout, "yes\n");
  }));

test.run();
