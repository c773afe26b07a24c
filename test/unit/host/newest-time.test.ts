import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newestTime } from "../../../lib/host/newest-time.ts";
import { withFolder } from "../../helpers/folder.ts";

test("newestTime() finds the newest time, however deep, in whole seconds", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "a/b"), { recursive: true });
    writeFileSync(join(folder, "a/b/file"), "");
    utimesSync(join(folder, "a/b/file"), 2000, 2000.75);
    for (const path of ["a/b", "a", "."]) utimesSync(join(folder, path), 1000, 1000);
    assert.is(newestTime(folder), 2000);
    symlinkSync("/", join(folder, "link"));
    utimesSync(folder, 3000, 3000);
    assert.ok(newestTime(folder) > 1e9, "a symlink's own time counts");
  }));

test("newestTime() tells no time that SquashFS cannot hold", () =>
  withFolder((folder) => {
    utimesSync(folder, 0, new Date(-5000));
    assert.is(newestTime(folder), 0);
  }));

test.run();
