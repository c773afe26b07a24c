import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { forgetUnpacked, isUnpacked, noteUnpacked } from "../../../lib/convert/unpacked.ts";
import { withFolder } from "../../helpers/folder.ts";

test("isUnpacked() is true of the directory noted, not of another of its name", () =>
  withFolder((folder) => {
    const copy = join(folder, "hello");
    mkdirSync(copy);
    assert.not(isUnpacked(copy));
    noteUnpacked(copy);
    assert.ok(isUnpacked(copy));
    renameSync(copy, join(folder, "moved"));
    mkdirSync(copy);
    assert.not(isUnpacked(copy));
    noteUnpacked(copy);
    assert.ok(isUnpacked(copy), "an old note is replaced");
  }));

test("forgetUnpacked() leaves no file", () =>
  withFolder((folder) => {
    const copy = join(folder, "hello");
    mkdirSync(copy);
    noteUnpacked(copy);
    forgetUnpacked(copy);
    assert.equal(readdirSync(folder), ["hello"]);
  }));

test("isUnpacked() of nothing is false", () => {
  assert.not(isUnpacked("/no/such/directory"));
});

test.run();
