import { test } from "uvu";
import * as assert from "uvu/assert";
import { unsquashProblem } from "../../../lib/host/unsquashfs.ts";

const DEVICE =
  "create_inode: could not create character device out/dev/null, because you're not superuser!";

test("unsquashProblem() is none after success", () => {
  assert.is(unsquashProblem(0, ["some warning"]), undefined);
});

test("unsquashProblem() is none where only device nodes are missing", () => {
  assert.is(unsquashProblem(2, [DEVICE, DEVICE]), undefined);
});

test("unsquashProblem() is none where only owners could not be set", () => {
  const error = "set_attributes: failed to change uid and gids on out/x, because Invalid argument";
  assert.is(unsquashProblem(2, [error]), undefined);
});

test("unsquashProblem() is the last real error among missing device nodes", () => {
  assert.is(unsquashProblem(2, ["first", "second", DEVICE]), "second");
});

test("unsquashProblem() is a full disk rather than what followed from it", () => {
  const errors = [
    "Write on output file failed because No space left on device",
    "FATAL ERROR: writer: failed to write file /x/big",
  ];
  assert.is(unsquashProblem(1, errors), "No space left on device");
});

test("unsquashProblem() leaves out the shouting", () => {
  assert.is(unsquashProblem(1, ["FATAL ERROR: failed to read x"]), "failed to read x");
});

test("unsquashProblem() of a fatal status without words is still one", () => {
  assert.is(unsquashProblem(1, []), "unsquashfs failed");
  assert.is(unsquashProblem(137, []), "unsquashfs failed");
});

test.run();
