/** ch-run --seccomp: what only root may do seems to succeed, and all else is as it was. */

import { lstatSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun, runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { helper } from "../helpers/native-helper.ts";
import { installed, type Outcome, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, isInstalled } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const built = process.env["CH_TEST_SECCOMP"] === "yes";
const ROOT = ["--uid=0", "--gid=0"];
const testBuilt = testIf(built, "this build has no system call filters");

/** With the programs of the host besides, where they find their libraries at the same paths. */
const mergedUsr = ["/bin", "/lib"].every((path) => lstatSync(path).isSymbolicLink());
const testWithHost = testIf(built && mergedUsr, "no filters, or /bin and /lib are not below /usr");

/** Run a shell script as emulated root in `folder`, seen as /mnt. */
function emulate(folder: string, script: string, ...options: readonly string[]): Outcome {
  const all = [...ROOT, "--seccomp", `-b${folder}:/mnt`, "-c/mnt", ...options];
  return chRun([...all, directoryImage(), "--", "sh", "-c", script]);
}

/** The same as an ordinary container: what is faked must really be forbidden here. */
function withoutEmulation(folder: string, script: string, ...options: readonly string[]): Outcome {
  const all = [...ROOT, `-b${folder}:/mnt`, "-c/mnt", ...options];
  return chRun([...all, directoryImage(), "--", "sh", "-c", script]);
}

test("ch-run --feature=seccomp says whether --seccomp works", () => {
  assert.is(chRun(["--feature=seccomp"]).status, built ? 0 : 87);
});

testIf(!built, "this build has them")("ch-run --seccomp without system call filters", () => {
  const message = "cannot emulate root: this ch-run was built without system call filters";
  assertRefused(chRun(["--seccomp", directoryImage(), "--", "true"]), 31, message);
});

for (const [title, script] of [
  ["owner", "chown 5 file"],
  ["group", "chown :6 file"],
  ["owner of a symbolic link", "chown -h 5:6 link"],
  ["owner of a tree", "chown -R 5:6 ."],
] as const) {
  testBuilt(`ch-run --seccomp: a change of ${title} succeeds and does nothing`, () =>
    withFolder((folder) => {
      const make = ": >file; ln -s file link; ";
      assert.is.not(withoutEmulation(folder, make + script).status, 0);
      runAny("sh", ["-c", `rm ${folder}/*`]);
      assertDone(emulate(folder, make + script));
      const { uid, gid } = statSync(join(folder, "file"));
      assert.equal([uid, gid], [process.geteuid?.(), process.getegid?.()]);
    }),
  );
}

for (const [kind, numbers] of [
  ["character", "c 1 3"],
  ["block", "b 7 0"],
] as const) {
  testBuilt(`ch-run --seccomp: making a ${kind} device succeeds and makes nothing`, () =>
    withFolder((folder) => {
      assert.is.not(withoutEmulation(folder, `mknod node ${numbers}`).status, 0);
      assertDone(emulate(folder, `mknod node ${numbers}`));
      assert.equal(readdirSync(folder), []);
    }),
  );
}

testBuilt("ch-run --seccomp: pipes, files, modes and links are made as ever", () =>
  withFolder((folder) => {
    const script =
      "umask 022; mknod pipe p; echo hi >file; chmod 4751 file; mkdir -m 700 dir;" +
      "ln file hard; cat file | cat; stat -c '%F %a %h' pipe file dir";
    const expected = "hi\nfifo 644 1\nregular file 4751 2\ndirectory 700 2\n";
    assert.is(assertDone(emulate(folder, script)), expected);
    assert.ok(statSync(join(folder, "pipe")).isFIFO());
  }),
);

testBuilt("ch-run --seccomp: the filter stays over exec and fork", () =>
  withFolder((folder) => {
    const script = "exec sh -c ': >file; (exec sh -c \"chown 5:6 file && exit 7\"); exit $?'";
    assert.equal(emulate(folder, script).status, 7);
    const filters = assertDone(emulate(folder, "grep ^Seccomp: /proc/self/status"));
    assert.is(filters, "Seccomp:\t2\n");
  }),
);

testBuilt("ch-run without --seccomp has no filter", () =>
  withFolder((folder) => {
    const own = runAny("grep", ["^Seccomp:", "/proc/self/status"]).stdout;
    assert.is(assertDone(withoutEmulation(folder, "grep ^Seccomp: /proc/self/status")), own);
  }),
);

for (const [kind, image] of images()) {
  testBuilt(`ch-run --seccomp of a ${kind}: status and user are as without`, () => {
    for (const status of [0, 1, 42]) {
      const command = ["--", "sh", "-c", `exit ${status}`];
      assert.is(chRun(["--seccomp", image, ...command]).status, status);
    }
    const id = assertDone(chRun(["--seccomp", image, "--", "id", "-u"]));
    assert.is(id, `${process.geteuid?.()}\n`);
    const done = chRun(["--seccomp", "--write-fake", ...ROOT, image, "--", "chown", "5:6", "/etc"]);
    assertDone(done);
  });
}

testWithHost("ch-run --seccomp: a program that drops its ids is content, and stays root", () =>
  withFolder((folder) => {
    const drop = "setpriv --reuid=33 --regid=33 --clear-groups id -u";
    assert.is.not(withoutEmulation(folder, drop, "-b/usr").status, 0);
    assert.is(assertDone(emulate(folder, drop, "-b/usr")), "0\n");
  }),
);

testWithHost("ch-run --seccomp: user attributes are kept", () =>
  withFolder((folder) => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const set = "setfattr -n user.charliecloud -v kept ";
    if (!isInstalled("setfattr") || runAny("sh", ["-c", set + file]).status !== 0) {
      console.log("SKIP user attributes: no setfattr, or not on this file system");
      return;
    }
    assertDone(emulate(folder, `: >new; ${set}new`, "-b/usr"));
    const found = runAny("getfattr", ["--only-values", "-n", "user.charliecloud", `${folder}/new`]);
    assert.is(found.stdout, "kept");
  }),
);

/** A program of i386 without any library: status 0 if chown32(2) of /mnt succeeds. */
const I386 = `
static int call(int number, int a, int b, int c)
{
    int result;
    __asm__ volatile("int $0x80" : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}
void _start(void)
{
    call(1, call(212, (int)"/mnt", 5, 6) ? 3 : 0, 0, 0);
}`;

/** Make it; false where compiler, linker or kernel know nothing of i386. */
function makeI386(folder: string): boolean {
  const options = ["-m32", "-nostdlib", "-static", "-ffreestanding", "-fno-pie", "-no-pie"];
  writeFileSync(join(folder, "i386.c"), I386);
  const compiler = [...options, "-fno-stack-protector", "-o", "i386", "i386.c"];
  const made = runAny("gcc", compiler, { cwd: folder }).status === 0;
  return made && runAny("sh", ["-c", `${folder}/i386; [ $? -lt 126 ]`]).status === 0;
}

testIf(built && process.arch === "x64" && isInstalled("gcc"), "no filters, x86-64 or gcc")(
  "ch-run --seccomp: programs of i386 on x86-64 are under their own table",
  () =>
    withFolder((folder) => {
      if (!makeI386(folder)) {
        console.log("SKIP programs of i386: neither made nor run by this machine");
        return;
      }
      assert.is(withoutEmulation(folder, "./i386").status, 3);
      assert.is(emulate(folder, "./i386").status, 0);
    }),
);

for (const [errno, message] of [
  ["EPERM", /^error: cannot emulate root: cannot install the system call filter: Operation not /],
  ["0", /^error: cannot emulate root: the filter is in force, but kexec_load\(2\) is not faked: /],
] as const) {
  testBuilt(`ch-run --seccomp where seccomp(2) answers ${errno} is refused`, () => {
    const deny = (...args: readonly string[]) =>
      runLimited(
        helper("deny-syscall"),
        ["seccomp", errno, "--", installed("ch-run"), ...args],
        {},
      );
    assertRefused(deny("--seccomp", directoryImage(), "--", "true"), 31, message);
    assert.is(deny("--feature=seccomp").status, 87);
    assertDone(deny(directoryImage(), "--", "true"));
  });
}

test.run();
