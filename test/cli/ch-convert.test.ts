/** ch-convert: every pair of formats keeps everything. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MOUNT_POINTS } from "../../lib/host/places.ts";
import { makeDifficult } from "../helpers/difficult.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeSquash, makeTar } from "../helpers/image.ts";
import { must, succeed } from "../helpers/program.ts";
import { paths, snapshot, xattrs } from "../helpers/tree.ts";

/** Ways from a directory back to a directory: between them, all six pairs. */
const ROUTES: readonly (readonly string[])[] = [
  ["a.tar"],
  ["a.tar.gz"],
  ["a.tgz"],
  ["a.tar.xz"],
  ["a.tar.bz2"],
  ["a.tar.zst"],
  ["a.sqfs"],
  ["a.tar.gz", "b.sqfs"],
  ["a.sqfs", "b.tar"],
  ["a.tar", "b.sqfs", "c.tar.zst", "d.sqfs"],
];

for (const route of ROUTES) {
  test(`ch-convert keeps everything on the way ${["dir", ...route, "dir"].join(" -> ")}`, () =>
    withFolder((folder) => {
      const before = makeDifficult(join(folder, "before"));
      const after = join(folder, "after");
      let from = before;
      for (const to of [...route.map((name) => join(folder, name)), after]) {
        succeed("ch-convert", from, to);
        from = to;
      }
      assert.equal(snapshot(after), snapshot(before));
      assert.is(xattrs(after), xattrs(before));
      const left = readdirSync(folder).sort();
      assert.equal(left, [...route, "after", "before"].sort(), "no other file is left");
    }));
}

const TARS = ["a.tar", "a.tar.gz", "a.tgz", "a.tar.xz", "a.tar.bz2", "a.tar.zst"];
const MAGIC: Readonly<Record<string, string>> = {
  "a.tar.gz": "1f8b",
  "a.tgz": "1f8b",
  "a.tar.xz": "fd377a58",
  "a.tar.bz2": "425a68",
  "a.tar.zst": "28b52ffd",
};

for (const name of TARS) {
  test(`ch-convert writes ${name} as its name says, and the host's tar reads it`, () =>
    withFolder((folder) => {
      const image = makeImage(join(folder, "image"));
      const archive = join(folder, name);
      succeed("ch-convert", image, archive);
      const start = readFileSync(archive).subarray(0, 4).toString("hex");
      assert.ok(start.startsWith(MAGIC[name] ?? ""), start);
      mkdirSync(join(folder, "out"));
      must("tar", "-C", join(folder, "out"), "-xf", archive);
      assert.is(readFileSync(join(folder, "out/etc/os-release"), "utf8"), "ID=test\nNAME=test\n");
    }));

  test(`ch-convert reads ${name} by content, whatever its name`, () =>
    withFolder((folder) => {
      const image = makeImage(join(folder, "image"));
      makeTar(image, join(folder, name));
      must("mv", join(folder, name), join(folder, "anything"));
      succeed("ch-convert", join(folder, "anything"), join(folder, "out/"));
      assert.ok(existsSync(join(folder, "out/bin/busybox")));
    }));
}

for (const name of ["out/", "out.sqfs", "out.tar"]) {
  for (const kind of ["tree", "tar", "sqfs"]) {
    if (name.includes(kind) || (kind === "tree" && name === "out/")) continue;
    test(`ch-convert adds empty mount points from ${kind} to ${name}`, () =>
      withFolder((folder) => {
        const tree = makeImage(join(folder, "tree"));
        const before = paths(tree);
        makeTar(tree, join(folder, "tar"));
        makeSquash(tree, join(folder, "sqfs"));
        succeed("ch-convert", join(folder, kind), join(folder, name));
        assert.equal(paths(tree), before, "the input is as it was");
        const back = join(folder, "back");
        if (name !== "out/") succeed("ch-convert", join(folder, name), back);
        const result = new Set(paths(name === "out/" ? join(folder, "out") : back));
        for (const path of [...MOUNT_POINTS.directories, ...MOUNT_POINTS.files]) {
          assert.ok(result.has(path), path);
        }
      }));
  }
}

test("ch-convert writes what it makes for mount points itself, not only when it reads it back", () =>
  withFolder((folder) => {
    const tree = makeImage(join(folder, "tree"));
    succeed("ch-convert", tree, join(folder, "a.sqfs"));
    succeed("ch-convert", tree, join(folder, "a.tar"));
    const listed = must("unsquashfs", "-ls", "-d", "", join(folder, "a.sqfs")).split("\n");
    const members = must("tar", "-tf", join(folder, "a.tar")).split("\n");
    for (const path of [...MOUNT_POINTS.directories, ...MOUNT_POINTS.files]) {
      assert.ok(listed.includes(`/${path}`), `${path} in SquashFS`);
      assert.ok(
        members.some((member) => member.replace(/^\.\/|\/$/g, "") === path),
        `${path} in tar`,
      );
    }
  }));

test("ch-convert drops the one directory that holds everything", () =>
  withFolder((folder) => {
    makeImage(join(folder, "hello"));
    makeTar(folder, join(folder, "a.tar.gz"), "hello");
    succeed("ch-convert", join(folder, "a.tar.gz"), join(folder, "out/"));
    succeed("ch-convert", join(folder, "a.tar.gz"), join(folder, "out.sqfs"));
    assert.ok(existsSync(join(folder, "out/bin/busybox")));
    assert.match(must("unsquashfs", "-ls", join(folder, "out.sqfs")), "squashfs-root/bin/busybox");
  }));

test("ch-convert keeps sparse files sparse", () =>
  withFolder((folder) => {
    const before = makeDifficult(join(folder, "before"));
    for (const name of ["a.tar", "b.sqfs"]) {
      succeed("ch-convert", before, join(folder, name));
      succeed("ch-convert", join(folder, name), join(folder, `${name}.out/`));
      const { blocks, size } = statSync(join(folder, `${name}.out/contents/sparse`));
      assert.ok(blocks * 512 < size / 4, `${blocks} blocks after ${name}`);
      assert.ok(statSync(join(folder, name)).size < 8 * 1024 * 1024, `${name} holds no holes`);
    }
  }));

test("ch-convert --no-xattrs leaves extended attributes out", () =>
  withFolder((folder) => {
    const before = makeDifficult(join(folder, "before"));
    if (!xattrs(before)) {
      console.log("SKIP: no extended attributes here, or no setfattr and getfattr");
      return;
    }
    for (const name of ["a.tar", "a.sqfs", "oci:layout"]) {
      const path = name.replace(/^(oci:|)/, `$1${folder}/`);
      succeed("ch-convert", "--no-xattrs", before, path);
      succeed("ch-convert", path, join(folder, "without/"));
      assert.is(xattrs(join(folder, "without")), "", `not written to ${name}`);
      must("rm", "-r", join(folder, "without"));
      succeed("ch-convert", before, path);
      succeed("ch-convert", "--no-xattrs", path, join(folder, "unread/"));
      assert.is(xattrs(join(folder, "unread")), "", `not read from ${name}`);
      must("rm", "-r", join(folder, "unread"));
    }
  }));

test.run();
