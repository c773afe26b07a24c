/** ch-convert: where its result differs from its input, or comes about another way, on purpose. */
import { chmodSync, lstatSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeTar } from "../helpers/image.ts";
import { oldMksquashfs } from "../helpers/old-mksquashfs.ts";
import { must, run, succeed } from "../helpers/program.ts";

/** Modes as root's images have them, and as they are unpacked. */
const MODES: readonly (readonly [string, number, number])[] = [
  ["etc/shadow", 0, 0o600],
  ["etc/sudoers", 0o440, 0o640],
  ["bin/su", 0o4755, 0o755],
  ["bin/wall", 0o2755, 0o755],
  ["etc", 0o555, 0o755],
];

test("ch-convert makes trees that their owner can read, pack again and delete", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    for (const [path] of MODES) if (path.includes("/")) writeFileSync(join(image, path), "");
    for (const [path, mode] of MODES) chmodSync(join(image, path), mode);
    // As root packs it: an ordinary user cannot read such a file.
    must("unshare", "-r", "tar", "-C", image, "-cf", join(folder, "a.tar"), ".");
    must("unshare", "-r", "mksquashfs", image, join(folder, "b.sqfs"), "-quiet", "-no-progress");
    for (const input of ["a.tar", "b.sqfs"]) {
      const out = join(folder, `${input}.out`);
      succeed("ch-convert", "-o", "dir", join(folder, input), out);
      for (const [path, , mode] of MODES) {
        assert.is(lstatSync(join(out, path)).mode & 0o7777, mode, path);
      }
      succeed("ch-convert", out, join(folder, "again.sqfs"));
      must("rm", "-r", out);
    }
    succeed("ch-convert", join(folder, "b.sqfs"), join(folder, "c.tar"));
  }));

test("ch-convert leaves device nodes out", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    // No right to make a device is needed to make an archive that has one.
    const pseudo = ["-p", "dev/null c 666 0 0 1 3", "-p", "dev d 755 0 0"];
    const options = ["-quiet", "-no-progress", ...pseudo];
    must("mksquashfs", join(folder, "image"), join(folder, "a.sqfs"), ...options);
    succeed("ch-convert", join(folder, "a.sqfs"), join(folder, "b.tar"));
    assert.not.match(must("tar", "-tf", join(folder, "b.tar")), "dev/null");
  }));

test("ch-convert gives an image file the permissions of any new file", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    for (const name of ["a.sqfs", "a.tar"]) {
      succeed("ch-convert", image, join(folder, name));
      assert.is(statSync(join(folder, name)).mode & 0o777, 0o666 & ~process.umask());
    }
  }));

test("ch-convert unpacks first an archive that mksquashfs would read otherwise than tar", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    const archive = makeTar(image, join(folder, "a.tar"));
    writeFileSync(join(image, "etc/os-release"), "ID=newer\n");
    must("tar", "-C", image, "-rf", archive, "./etc/os-release");
    succeed("ch-convert", archive, join(folder, "a.sqfs"));
    assert.is(must("unsquashfs", "-cat", join(folder, "a.sqfs"), "etc/os-release"), "ID=newer\n");
  }));

test("ch-convert follows a symlink that is its input", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    symlinkSync("image", join(folder, "link"));
    succeed("ch-convert", join(folder, "link"), join(folder, "a.sqfs"));
    assert.match(must("unsquashfs", "-ls", join(folder, "a.sqfs")), "squashfs-root/bin/busybox");
  }));

test("ch-convert unpacks first where mksquashfs cannot read tar archives", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    makeTar(image, join(folder, "a.tar"));
    const env = oldMksquashfs(folder);
    const { status, stderr } = run("ch-convert", [`${folder}/a.tar`, `${folder}/a.sqfs`], { env });
    assert.is(status, 0, stderr);
    assert.match(must("unsquashfs", "-ls", join(folder, "a.sqfs")), "squashfs-root/bin/busybox");
  }));

test.run();
