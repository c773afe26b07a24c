import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ImageTree } from "../../../../lib/convert/startup/inside.ts";
import { withFolder } from "../../../helpers/folder.ts";

function withTree(test: (tree: ImageTree, folder: string) => void): Promise<void> {
  return withFolder((folder) => {
    mkdirSync(join(folder, "image/usr/bin"), { recursive: true });
    writeFileSync(join(folder, "image/usr/bin/dash"), "dash");
    writeFileSync(join(folder, "outside"), "outside");
    symlinkSync("usr/bin", join(folder, "image/bin"));
    symlinkSync("/bin/dash", join(folder, "image/usr/bin/sh"));
    symlinkSync("../../../../outside", join(folder, "image/usr/up"));
    symlinkSync("loop", join(folder, "image/loop"));
    test(new ImageTree(join(folder, "image")), folder);
  });
}

const CASES: readonly (readonly [string, string | undefined])[] = [
  ["/usr/bin/dash", "usr/bin/dash"],
  ["bin//./sh", "usr/bin/dash"],
  ["/../usr/../bin/sh", "usr/bin/dash"],
  ["/bin/none", undefined],
  ["/usr/bin/dash/x", undefined],
  ["/usr/bin", undefined],
  ["/usr/up", undefined],
  ["/loop", undefined],
];

for (const [path, expected] of CASES) {
  test(`findFile() finds ${expected ?? "nothing"} at ${path}`, () =>
    withTree((tree) => assert.is(tree.findFile(path), expected)));
}

test("findFile() never leaves the tree, even to a file of that name outside", () =>
  withTree((tree, folder) => assert.is(tree.findFile(`${folder}/outside`), undefined)));

test("findFile() and read() take names that are not UTF-8", () =>
  withTree((tree, folder) => {
    writeFileSync(Buffer.from(`${folder}/image/caf\xe9`, "latin1"), "coffee");
    assert.is(tree.findFile("/caf\xe9"), "caf\xe9");
    assert.is(tree.read("caf\xe9")?.toString(), "coffee");
  }));

test("list() sorts, and is empty for what is no directory", () =>
  withTree((tree) => {
    assert.equal(tree.list("/bin"), ["dash", "sh"]);
    assert.equal(tree.list("/bin/dash"), []);
  }));

test.run();
