/** What our own SquashFS engine promises beyond the files themselves. */
import { closeSync, lstatSync, openSync, readFileSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { SPARSE_SIZE } from "../helpers/difficult.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { withMountedRoot } from "../helpers/mounted-root.ts";
import { must } from "../helpers/program.ts";
import { rounds } from "../helpers/random.ts";
import { makeSquashImage, squashImage, squashWay } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const codecs = (process.env["CH_TEST_CODECS"] ?? "").split(" ");
const isOurs = squashWay === "mounted" && codecs.includes("gzip") && codecs.includes("zstd");
const testOurs = testIf(isOurs, "SquashFS images are not mounted here by our own engine");
const testLong = testIf(isOurs && rounds >= 50, "takes long; make check-long runs it");

const GIB = 2 ** 30;
/** Where the data of the first file lies: behind the superblock. */
const FIRST_DATA = 96;

/** An image with a file "a", whose data comes first. */
function makeWithFirstFile(folder: string, ...options: string[]): string {
  const tree = makeTree(folder, "loop");
  must("sh", "-c", `seq 100000 >"$0/a"`, tree);
  const image = join(folder, "image.sqfs");
  must("mksquashfs", tree, image, "-noappend", "-quiet", "-no-progress", "-b", "4K", ...options);
  return image;
}

/** An image to which nothing has to be added. */
function makeTree(folder: string, ...folders: readonly string[]): string {
  const tree = makeImage(join(folder, "tree"));
  const names = [...folders, "dev", "proc", "sys", "tmp"];
  must("mkdir", ...names.map((name) => join(tree, name)));
  return tree;
}

function overwrite(image: string, position: number, bytes: Uint8Array): void {
  const fd = openSync(image, "r+");
  writeSync(fd, bytes, 0, bytes.length, position);
  closeSync(fd);
}

function inside(image: string, script: string, ...options: string[]) {
  return chRun([...options, image, "--", "sh", "-c", script]);
}

testOurs("ch-run --stats prints what was served, also with --quiet", () => {
  const { status, stderr } = chRun(["-q", "--stats", squashImage(), "--", "ls", "/"]);
  assert.is(status, 0);
  const lines = stderr.trimEnd().split("\n");
  const numbers = new Map(
    lines.map((line) => {
      const [, name = line, value] = /^ch-run\[\d+\]: statistics: (.*): (\d+)$/.exec(line) ?? [];
      return [name, Number(value)] as const;
    }),
  );
  for (const name of ["LOOKUP requests", "READ requests", "bytes sent", "blocks unpacked"])
    assert.ok((numbers.get(name) ?? 0) > 0, `${name}: ${stderr}`);
  assert.is(numbers.get("INIT requests"), 1);
  assert.ok((numbers.get("threads") ?? 0) >= 1);
  const memory = numbers.get("peak memory, KiB") ?? 0;
  assert.ok(memory > 100 && memory < 40 * 1024, stderr);
});

testOurs("ch-run --fuse-threads and --fuse-cache bound what the server takes", () => {
  const script = "cat /bin/* >/dev/null & cat /bin/* >/dev/null; wait";
  const options = ["--stats", "--fuse-threads=1", "--fuse-cache=128k"];
  const { status, stderr } = inside(squashImage(), script, ...options);
  assert.is(status, 0, stderr);
  assert.match(stderr, /statistics: threads: 1\n/);
});

testOurs("a damaged block is an error for that read alone, and named at -v", () =>
  withFolder((folder) => {
    const image = makeWithFirstFile(folder);
    const whole = readFileSync(join(folder, "tree/a"));
    overwrite(image, FIRST_DATA + 20, Buffer.alloc(40));
    const first = inside(image, "busybox dd if=/a bs=4096 count=1 | cat", "-v");
    assert.is(first.stdout, "");
    assert.match(first.stderr, `: "${image}" is damaged: cannot read "/a" at offset 0\n`);
    assert.not.match(inside(image, "cat /a").stderr, "is damaged");
    const rest = inside(image, "busybox dd if=/a bs=4096 skip=1");
    assert.is(rest.stdout, whole.subarray(4096).toString());
    assert.is(inside(image, "cat /etc/os-release").status, 0);
  }),
);

testOurs("a directory that claims to be one above itself is refused, not walked for ever", () =>
  withFolder((folder) => {
    const image = makeWithFirstFile(folder, "-noI", "-noD", "-noF");
    const bytes = readFileSync(image);
    const directories = Number(bytes.readBigUInt64LE(72));
    const name = bytes.indexOf("loop", directories);
    // An entry: offset of its inode, its number, type, length of the name, name.
    bytes.copy(bytes, name - 8, 32, 34);
    overwrite(image, 0, bytes);
    const { status, stderr } = inside(image, "ls /loop", "-v");
    assert.is(status, 1);
    assert.match(stderr, /Input\/output error/);
    assert.match(stderr, 'is damaged: cannot look up a name in "/" at offset 0\n');
  }),
);

testOurs("sparse files have the blocks that they have, and the file system has its size", () =>
  withFolder(async (folder) => {
    const tree = makeTree(folder);
    must("truncate", "-s", String(SPARSE_SIZE), join(tree, "hole"));
    must("sh", "-c", 'printf data | dd of="$0" bs=1 seek=1000000 conv=notrunc', join(tree, "hole"));
    const image = makeSquashImage(tree, join(folder, "image.sqfs"));
    await withMountedRoot(["--no-passwd", image], "hole", (root) => {
      const { size, blocks, uid } = lstatSync(join(root, "hole"));
      assert.is(size, SPARSE_SIZE);
      assert.ok(blocks > 0 && blocks * 512 <= 256 * 1024, `${blocks} blocks`);
      assert.is(uid, process.getuid?.());
      const { blocks: all, bsize, bfree } = statfsSync(root);
      assert.ok(all * bsize >= lstatSync(image).size - 8192 && bfree === 0);
    });
  }),
);

testLong("files of more than 4 GiB are read at their end", () =>
  withFolder((folder) => {
    const tree = makeTree(folder);
    must("truncate", "-s", String(5 * GIB), join(tree, "large"));
    must("sh", "-c", 'echo the end >>"$0"', join(tree, "large"));
    const image = makeSquashImage(tree, join(folder, "image.sqfs"));
    const script = `busybox tail -c 8 /large; busybox stat -c %s /large`;
    assert.is(inside(image, script).stdout, `the end\n${5 * GIB + 8}\n`);
  }),
);

runConditional();
