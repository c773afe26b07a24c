import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyError } from "../../../lib/host/fuse.ts";
import { holdersOf, mappedFiles } from "../../../lib/host/holders.ts";
import { withFolder } from "../../helpers/folder.ts";
import { end } from "../../helpers/program.ts";

/** Start a program that stays; ended after the test. */
async function withSleeper(
  options: { readonly cwd?: string; readonly stdin?: number },
  test: (pid: number) => void,
): Promise<void> {
  const { cwd = "/", stdin = "ignore" } = options;
  const child = spawn("sleep", ["100"], { cwd, stdio: [stdin, "ignore", "ignore"] });
  const ended = end(child);
  try {
    test(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

test("holdersOf() finds who works in a folder, and not who works beside it", () =>
  withFolder(async (made) => {
    const folder = realpathSync(made);
    for (const name of ["a", "ab"]) mkdirSync(join(folder, name));
    const path = join(folder, "a");
    await withSleeper({ cwd: path }, (pid) =>
      assert.equal(holdersOf(path), [{ pid, name: "sleep", use: "working directory" }]),
    );
    await withSleeper({ cwd: join(folder, "ab") }, () => assert.equal(holdersOf(path), []));
  }));

test("holdersOf() finds who has a file open", () =>
  withFolder(async (made) => {
    const folder = realpathSync(made);
    const file = join(folder, "file");
    writeFileSync(file, "");
    const stdin = openSync(file, "r");
    try {
      await withSleeper({ stdin }, (pid) =>
        assert.equal(holdersOf(folder), [{ pid, name: "sleep", use: `open file ${file}` }]),
      );
    } finally {
      closeSync(stdin);
    }
  }));

test("mappedFiles() reads paths, with blanks and once each", () => {
  const maps = `7f00-7f01 r--p 00000000 00:31 12      /img/lib/lib c.so
7f01-7f02 r-xp 00001000 00:31 12      /img/lib/lib c.so
7f02-7f03 rw-p 00000000 00:00 0
7ffe-7fff rw-p 00000000 00:00 0       [stack]
7f03-7f04 r--p 00000000 00:31 13      /img/new\\012line
`;
  assert.equal(mappedFiles(maps), ["/img/lib/lib c.so", "/img/new\nline"]);
});

test("busyError() names eight and counts the others", () => {
  const holders = Array.from({ length: 10 }, (_, pid) => ({ pid, name: "x", use: "program" }));
  const { message, hint } = busyError("/mnt", holders);
  assert.match(
    message,
    /^cannot unmount "\/mnt": it is in use by x \(pid 0: program\), .*, 2 more$/,
  );
  assert.is(message.match(/pid/g)?.length, 8);
  assert.is(hint, "end those processes first");
});

test("busyError() says who can help where nobody is seen", () => {
  const { message, hint } = busyError("/mnt", []);
  assert.match(message, "in use by a process that is not yours");
  assert.is(hint, 'the admin can find it: fuser -vm "/mnt"');
});

test.run();
