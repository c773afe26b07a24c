import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NativeError } from "../../../lib/native/core.ts";
import {
  type ApplyOptions,
  applyLayer,
  decompressLayer,
  diffLayer,
} from "../../../lib/native/layers.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";

const OVERLAY = { name: "layer", form: "overlay" } as const;

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A layer of a file and a whiteout, plain and by gzip. */
function makeLayer(folder: string): { readonly plain: string; readonly packed: string } {
  const tree = join(folder, "tree");
  const plain = join(folder, "layer.tar");
  mkdirSync(tree);
  writeFileSync(join(tree, "file"), "content");
  writeFileSync(join(tree, ".wh.gone"), "");
  execFileSync("tar", ["-C", tree, "-cf", plain, "."]);
  execFileSync("gzip", ["-k", plain]);
  return { plain, packed: `${plain}.gz` };
}

async function reading<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, "r");
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

function apply(layer: string, target: string, options: ApplyOptions) {
  return reading(layer, (fd) => applyLayer(fd, target, options));
}

async function writing<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, "w");
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}

test("applyLayer() unpacks a layer and tells its digests", () =>
  withFolder(async (folder) => {
    const { plain, packed } = makeLayer(folder);
    const target = join(folder, "target");
    mkdirSync(target);
    const digest = digestOf(readFileSync(packed));
    const diffId = digestOf(readFileSync(plain));
    const size = statSync(packed).size;
    const found = await apply(packed, target, { ...OVERLAY, digest, diffId });
    assert.equal(found, {
      ...{ digest, diffId, size, entries: 2, bytes: 7, whiteouts: 1, devices: 0 },
      ...{ privileged: 0, xattrsLost: 0, opaque: false },
    });
    assert.is(readFileSync(join(target, "file"), "utf8"), "content");
    assert.ok(statSync(join(target, "gone")).isCharacterDevice());
  }));

test("applyLayer() applies whiteouts to a tree", () =>
  withFolder(async (folder) => {
    const { plain } = makeLayer(folder);
    const target = join(folder, "target");
    mkdirSync(target);
    writeFileSync(join(target, "gone"), "");
    await apply(plain, target, { name: "layer", form: "flat" });
    assert.throws(() => statSync(join(target, "gone")), /ENOENT/);
  }));

test("applyLayer() believes in a digest that is verified, and in no diff ID", () =>
  withFolder(async (folder) => {
    const { plain, packed } = makeLayer(folder);
    const target = join(folder, "target");
    mkdirSync(target);
    const digest = digestOf(Buffer.from("else"));
    const known = { ...OVERLAY, digest, digestVerified: true };
    const wrong = (await rejection(
      apply(packed, target, { ...known, diffId: digest }),
    )) as NativeError;
    assert.is(wrong.code, "EBADMSG");
    rmSync(target, { recursive: true });
    mkdirSync(target);
    const diffId = digestOf(readFileSync(plain));
    const found = await apply(packed, target, { ...known, diffId });
    assert.equal([found.digest, found.diffId], [digest, diffId]);
    assert.is(found.size, statSync(packed).size);
  }));

test("applyLayer() refuses other digests than wanted, and too much", () =>
  withFolder(async (folder) => {
    const { packed } = makeLayer(folder);
    const target = join(folder, "target");
    mkdirSync(target);
    const digest = digestOf(Buffer.from("else"));
    const wrong = (await rejection(apply(packed, target, { ...OVERLAY, digest }))) as NativeError;
    assert.is(wrong.code, "EBADMSG");
    const limits = { slack: 0, ratio: 1 };
    const bomb = (await rejection(apply(packed, target, { ...OVERLAY, limits }))) as NativeError;
    assert.is(bomb.code, "EFBIG");
  }));

for (const compression of ["none", "gzip", "zstd"] as const) {
  test(`diffLayer() makes the layer again, ${compression}`, () =>
    withFolder(async (folder) => {
      const [first, second] = [join(folder, "first"), join(folder, "second")];
      mkdirSync(first);
      mkdirSync(second);
      await apply(makeLayer(folder).plain, first, OVERLAY);
      const layer = join(folder, "again");
      const made = await writing(layer, (fd) => diffLayer(first, fd, { compression }));
      assert.is(made.whiteouts, 1);
      assert.is(made.size, statSync(layer).size);
      const { digest, diffId } = made;
      await apply(layer, second, { ...OVERLAY, digest, diffId });
      const other = await writing("/dev/null", (fd) => diffLayer(second, fd, { compression }));
      assert.equal(other, made);
    }));
}

test("decompressLayer() writes a layer plain, and refuses another one than wanted", () =>
  withFolder(async (folder) => {
    const { plain, packed } = makeLayer(folder);
    const result = join(folder, "result");
    const decompress = (diffId: string) =>
      reading(packed, (fd) =>
        writing(result, (target) => decompressLayer(fd, target, { name: "layer", diffId })),
      );
    const [digest, diffId] = [digestOf(readFileSync(packed)), digestOf(readFileSync(plain))];
    assert.equal(await decompress(diffId), { digest, diffId, size: statSync(packed).size });
    assert.ok(readFileSync(result).equals(readFileSync(plain)));
    assert.is(((await rejection(decompress(digest))) as NativeError).code, "EBADMSG");
  }));

test("applyLayer() stops waiting for a pipe when it is cancelled", () =>
  withFolder(async (folder) => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const fd = openSync(pipe, "r+");
    const stop = new AbortController();
    const failed = rejection(applyLayer(fd, folder, { ...OVERLAY, signal: stop.signal }));
    stop.abort();
    assert.is(((await failed) as NativeError).code, "ECANCELED");
    closeSync(fd);
  }));

test.run();
