import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findProgram, requireProgram } from "../../../lib/base/search.ts";
import { withFolder } from "../../helpers/folder.ts";
import { withVariable } from "../../helpers/variable.ts";

test("findProgram() takes the first executable file in $PATH", () =>
  withFolder(async (folder) => {
    const places = ["directory", "data", "program"].map((name) => join(folder, name));
    for (const place of places) mkdirSync(place);
    mkdirSync(join(folder, "directory/tool"));
    writeFileSync(join(folder, "data/tool"), "");
    writeFileSync(join(folder, "program/tool"), "");
    chmodSync(join(folder, "data/tool"), 0o644);
    chmodSync(join(folder, "program/tool"), 0o755);
    await withVariable("PATH", places.join(":"), () => {
      assert.is(findProgram("tool"), join(folder, "program/tool"));
      assert.is(findProgram("other"), undefined);
    });
  }));

test("requireProgram() names the package of a program that is missing", () =>
  withVariable("PATH", "/no/such/folder", () => {
    assert.throws(
      () => requireProgram("mksquashfs", "squashfs-tools"),
      (error: { message: string; hint: string }) =>
        error.message === 'cannot find the program "mksquashfs" in $PATH' &&
        error.hint === "install the package squashfs-tools",
    );
  }));

test.run();
