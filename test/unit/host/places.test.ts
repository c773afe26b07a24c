import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addPlaces, MOUNT_POINTS, missingPlaces } from "../../../lib/host/places.ts";
import { withFolder } from "../../helpers/folder.ts";

test("missingPlaces() of an empty tree are all, parents first", () =>
  withFolder(async (tree) => {
    assert.equal(await missingPlaces(tree), MOUNT_POINTS);
    const seen = new Set(["."]);
    for (const path of [...MOUNT_POINTS.directories, ...MOUNT_POINTS.files]) {
      assert.ok(seen.has(path.replace(/\/?[^/]*$/, "") || "."), path);
      seen.add(path);
    }
  }));

test("addPlaces() makes the tree complete, and a second time changes nothing", () =>
  withFolder(async (tree) => {
    await addPlaces(tree);
    assert.equal(await missingPlaces(tree), { directories: [], files: [] });
    await addPlaces(tree);
    assert.is(readFileSync(join(tree, "etc/hosts"), "utf8"), "");
    assert.is(lstatSync(join(tree, "mnt/9")).mode & 0o777, 0o755 & ~process.umask());
  }));

test("addPlaces() leaves what is there as it is", () =>
  withFolder(async (tree) => {
    mkdirSync(join(tree, "etc"));
    writeFileSync(join(tree, "etc/hosts"), "127.0.0.1 me\n");
    symlinkSync("../run/resolv.conf", join(tree, "etc/resolv.conf"));
    writeFileSync(join(tree, "dev"), "");
    await addPlaces(tree);
    assert.is(readFileSync(join(tree, "etc/hosts"), "utf8"), "127.0.0.1 me\n");
    assert.ok(lstatSync(join(tree, "etc/resolv.conf")).isSymbolicLink());
    assert.ok(lstatSync(join(tree, "dev")).isFile());
  }));

test("addPlaces() keeps the times of what it adds to, and gives what it adds none", () =>
  withFolder(async (tree) => {
    mkdirSync(join(tree, "etc"));
    for (const path of ["etc", "."]) utimesSync(join(tree, path), 7, 7);
    await addPlaces(tree);
    const times = [".", "etc", "etc/hosts", "mnt", "mnt/1"].map((path) =>
      lstatSync(join(tree, path)).mtime.getTime(),
    );
    assert.equal(times, [7000, 7000, 0, 0, 0]);
  }));

test("addPlaces() adds nothing below a symlink, wherever it leads", () =>
  withFolder(async (folder) => {
    const [tree, outside] = [join(folder, "tree"), join(folder, "outside")];
    mkdirSync(tree);
    mkdirSync(outside);
    symlinkSync(outside, join(tree, "etc"));
    symlinkSync("nowhere", join(tree, "mnt"));
    await addPlaces(tree);
    assert.equal(readdirSync(outside), []);
    assert.ok(lstatSync(join(tree, "mnt")).isSymbolicLink());
    assert.ok(lstatSync(join(tree, "proc")).isDirectory());
  }));

test.run();
