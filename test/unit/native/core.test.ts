import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type ArchiveStats,
  type Compression,
  checkSquashfs,
  createTar,
  deleteTree,
  extractTar,
  filterTar,
  type NativeError,
  probe,
  scanTar,
} from "../../../lib/native/core.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";
import { makeSif } from "../../helpers/sif.ts";

const PLAIN = { strip: "", xattrs: false };
const NOTHING = { directories: [], files: [] };

async function failureOf(promise: Promise<unknown>): Promise<NativeError> {
  return (await rejection(promise)) as NativeError;
}

/** Call `work` with a descriptor that writes to `path`. */
async function writing<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, "w");
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

function makeTree(folder: string): string {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "top/bin"), { recursive: true });
  writeFileSync(join(tree, "top/bin/sh"), "shell");
  symlinkSync("bin/sh", join(tree, "top/link"));
  return tree;
}

function pack(folder: string, compression: Compression = "gzip"): Promise<string> {
  const archive = join(folder, `tree.tar.${compression}`);
  const options = { compression, xattrs: false, ...NOTHING };
  return writing(archive, (fd) => createTar(makeTree(folder), fd, options)).then(() => archive);
}

test("probe() knows an image by its content", () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, "squashfs"), "hsqs");
    writeFileSync(join(folder, "text.sqfs"), "text");
    assert.is(await probe(folder), "directory");
    assert.is(await probe(join(folder, "squashfs")), "squashfs");
    assert.is(await probe(join(folder, "text.sqfs")), "unknown");
    assert.is(await probe(await pack(folder)), "archive");
  }));

test("probe() rejects with message, code and errno", async () => {
  const error = await failureOf(probe("/nowhere"));
  assert.instance(error, Error);
  assert.is(error.message, 'cannot open "/nowhere": No such file or directory');
  assert.is(error.code, "ENOENT");
  assert.is(error.errno, -2);
});

test("checkSquashfs() reads the superblock", () =>
  withFolder(async (folder) => {
    const image = join(folder, "image");
    const args = [makeTree(folder), image, "-comp", "gzip", "-b", "65536", "-mkfs-time", "1000"];
    execFileSync("mksquashfs", args, { stdio: "ignore" });
    const info = { compressor: "gzip", blockSize: 65536, inodes: 5, mkfsTime: 1000 };
    assert.equal(await checkSquashfs(image), { offset: 0, ...info });
    const sif = join(folder, "sif");
    const offset = makeSif(image, sif);
    assert.is(await probe(sif), "sif");
    assert.equal(await checkSquashfs(sif), { offset, ...info });
    truncateSync(image, 300);
    const error = await failureOf(checkSquashfs(image));
    assert.match(error.message, /^cannot read ".*": truncated SquashFS image: 300 of \d+ bytes$/);
    assert.match(error.hint ?? "", /copy the image again/);
    assert.is(error.code, undefined);
  }));

test("scanTar() finds the directory that holds everything", () =>
  withFolder(async (folder) => {
    assert.equal(await scanTar(await pack(folder)), { top: "top" });
  }));

for (const compression of ["none", "gzip", "xz", "bzip2", "zstd"] as const) {
  test(`createTar() and extractTar() agree, ${compression}`, () =>
    withFolder(async (folder) => {
      const archive = await pack(folder, compression);
      const out = join(folder, "out");
      mkdirSync(out);
      const stats: ArchiveStats = { entries: 4, bytes: 5, devices: 0 };
      assert.equal(await extractTar(archive, out, { ...PLAIN, strip: "top" }), stats);
      assert.equal(readdirSync(out).sort(), ["bin", "link"]);
      assert.is(readFileSync(join(out, "link"), "utf8"), "shell");
    }));
}

test("filterTar() adds what is missing", () =>
  withFolder(async (folder) => {
    const archive = await pack(folder);
    const stream = join(folder, "stream");
    const shape = { ...PLAIN, strip: "top", directories: ["dev", "bin"], files: ["etc/hosts"] };
    await writing(stream, (fd) => filterTar(archive, fd, shape));
    const listing = execFileSync("tar", ["-tf", stream], { encoding: "utf8" });
    assert.is(listing, "bin/\nbin/sh\nlink\ndev/\netc/\netc/hosts\n");
  }));

test("filterTar() says when it must not be used", () =>
  withFolder(async (folder) => {
    const archive = join(folder, "twice.tar");
    const tree = join(makeTree(folder), "top");
    execFileSync("tar", ["-C", tree, "-cf", archive, "bin/sh", "bin/sh", "--hard-dereference"]);
    execFileSync("tar", ["-C", tree, "-rf", archive, "bin/sh"]);
    const shape = { ...PLAIN, ...NOTHING };
    const error = await failureOf(writing("/dev/null", (fd) => filterTar(archive, fd, shape)));
    assert.is(error.code, "EOPNOTSUPP");
  }));

test("createTar() reports a full disk", () =>
  withFolder(async (folder) => {
    const options = { compression: "zstd", xattrs: false, ...NOTHING } as const;
    const error = await failureOf(
      writing("/dev/full", (fd) => createTar(makeTree(folder), fd, options)),
    );
    assert.is(error.message, "cannot write archive: No space left on device");
    assert.is(error.code, "ENOSPC");
  }));

test("deleteTree() deletes what denies access, and nothing", () =>
  withFolder(async (folder) => {
    const tree = makeTree(folder);
    execFileSync("chmod", ["000", join(tree, "top")]);
    await deleteTree(tree);
    assert.not(existsSync(tree));
    await deleteTree(tree);
  }));

test("extractTar() calls onProgress and stops when aborted", () =>
  withFolder(async (folder) => {
    const archive = join(folder, "large.tar");
    const out = join(folder, "out");
    const controller = new AbortController();
    let seen = 0;
    mkdirSync(out);
    writeFileSync(join(folder, "large"), "");
    truncateSync(join(folder, "large"), 2 ** 30);
    // Without -S: a GiB of zeros for zstd to make a small archive of.
    execFileSync("sh", ["-c", `tar -C "${folder}" -cf - large | zstd -q >"${archive}"`]);
    const failing = extractTar(archive, out, {
      ...PLAIN,
      signal: controller.signal,
      onProgress(bytes) {
        seen = bytes;
        controller.abort();
      },
    });
    assert.is((await failureOf(failing)).code, "ECANCELED");
    assert.ok(seen > 0);
  }));

test("calls run at the same time", () =>
  withFolder(async (folder) => {
    const archive = await pack(folder);
    const outs = Array.from({ length: 10 }, (_, i) => join(folder, `out${i}`));
    for (const out of outs) mkdirSync(out);
    await Promise.all(outs.map((out) => extractTar(archive, out, PLAIN)));
    for (const out of outs) assert.is(readFileSync(join(out, "top/bin/sh"), "utf8"), "shell");
  }));

test.run();
