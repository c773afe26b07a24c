import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { firstNames, readMember, readTarIndex } from "../../../lib/oci/tar-index.ts";
import { withFolder } from "../../helpers/folder.ts";
import { must } from "../../helpers/program.ts";

const LONG = `${"long/".repeat(60)}name`;

/** An archive with names of all lengths, and links. */
function makeArchive(folder: string, format: string): string {
  const tree = join(folder, "tree");
  for (const name of ["file", "sub/other", LONG]) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), `content of ${name}`);
  }
  must("ln", join(tree, "file"), join(tree, "zhard"));
  must("ln", "-s", "../file", join(tree, "sub/symlink"));
  const archive = join(folder, `${format}.tar`);
  must("tar", `--format=${format}`, "-C", tree, "-cf", archive, ".");
  return archive;
}

for (const format of ["gnu", "posix"]) {
  test(`readTarIndex() finds every file and link, ${format}`, () =>
    withFolder((folder) => {
      const archive = makeArchive(folder, format);
      const index = readTarIndex(archive) ?? new Map();
      const text = (name: string): string | undefined => {
        const slice = index.get(name);
        return slice && readMember(archive, slice, 4096).toString();
      };
      for (const name of ["file", "sub/other", LONG]) assert.is(text(name), `content of ${name}`);
      for (const name of ["zhard", "sub/symlink"]) assert.is(text(name), "content of file");
      assert.is(index.size, 5);
    }));
}

test("readTarIndex() stops at a name that is not accepted", () =>
  withFolder((folder) => {
    const archive = makeArchive(folder, "gnu");
    const seen: string[] = [];
    const accepted = (name: string): boolean => seen.push(name) < 2;
    assert.is(readTarIndex(archive, accepted), undefined);
    assert.is(seen.length, 2);
  }));

test("readTarIndex() is undefined of what is no archive", () =>
  withFolder((folder) => {
    const path = join(folder, "text");
    writeFileSync(path, "no archive\n".repeat(100));
    assert.is(readTarIndex(path), undefined);
    assert.throws(() => readTarIndex(join(folder, "gone")), /cannot read ".*gone"/);
  }));

test("readMember() reads no more than it may", () =>
  withFolder((folder) => {
    const path = join(folder, "file");
    writeFileSync(path, "0123456789");
    assert.is(readMember(path, { offset: 2, size: 3 }, 3).toString(), "234");
    assert.throws(() => readMember(path, { offset: 2, size: 4 }, 3), /a member has 4 bytes/);
  }));

test("firstNames() reads as far as there is something", () =>
  withFolder((folder) => {
    const archive = makeArchive(folder, "gnu");
    const start = readMember(archive, { offset: 0, size: 1500 }, 1500);
    const names = firstNames(start);
    assert.is(names[0], "./");
    assert.ok(names.length >= 2 && names.length < 5, names.join());
    assert.equal(firstNames(Buffer.from("no archive".repeat(200))), []);
  }));

test.run();
