import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hostTag, isAbandoned, withTemporary } from "../../../lib/host/temporary.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync("true").pid;
}

test("withTemporary() gives a private empty folder and takes it away", () =>
  withFolder(async (parent) => {
    const result = await withTemporary(parent, async (folder) => {
      assert.equal(readdirSync(folder), []);
      assert.is(statSync(folder).mode & 0o777, 0o700);
      mkdirSync(join(folder, "locked"));
      writeFileSync(join(folder, "locked/file"), "");
      chmodSync(join(folder, "locked"), 0);
      return 42;
    });
    assert.is(result, 42);
    assert.equal(readdirSync(parent), []);
  }));

test("withTemporary() cleans up after a failure and passes it on", () =>
  withFolder(async (parent) => {
    const failure = new Error("no");
    const failing = withTemporary(parent, () => Promise.reject(failure));
    assert.is(await rejection(failing), failure);
    assert.equal(readdirSync(parent), []);
  }));

test("withTemporary() removes what a killed process left, and nothing else", () =>
  withFolder(async (parent) => {
    const abandoned = join(parent, `.charliecloud.${hostTag()}.${deadPid()}.aB3xYz`);
    const keep = [
      `.charliecloud.${hostTag()}.${process.ppid}.aB3xYz`,
      `.charliecloud.00000000.${deadPid()}.aB3xYz`,
      ".charliecloud",
      "image",
    ];
    mkdirSync(join(abandoned, "tree"), { recursive: true });
    for (const name of keep) mkdirSync(join(parent, name));
    await withTemporary(parent, async () => {
      assert.not(existsSync(abandoned));
    });
    assert.equal(readdirSync(parent).sort(), keep.sort());
  }));

test("withTemporary() says where it cannot write", async () => {
  const error = await rejection(withTemporary("/proc/self", async () => {}));
  assert.match(String(error), /cannot write in "\/proc\/self"/);
});

test("isAbandoned() wants tag, process and suffix", () => {
  const tag = "0123abcd";
  assert.ok(isAbandoned(`.charliecloud.${tag}.${deadPid()}.a_b`, tag));
  assert.not(isAbandoned(`.charliecloud.${tag}.${process.pid}.a_b`, tag));
  assert.not(isAbandoned(`.charliecloud.${tag}.${deadPid()}`, tag));
  assert.not(isAbandoned(`.charliecloud.${tag}.x.a_b`, tag));
  assert.not(isAbandoned(`x.charliecloud.${tag}.${deadPid()}.a_b`, tag));
});

test.run();
