/** ch-mount of what is no plain SquashFS file, and where an engine's libraries are missing. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mountOn } from "../../lib/host/mounts.ts";
import { withFolder } from "../helpers/folder.ts";
import { noFuse } from "../helpers/fuse.ts";
import { makeImage, makeSquash } from "../helpers/image.ts";
import { installed, messages, must, run, succeed } from "../helpers/program.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { makeSif } from "../helpers/sif.ts";
import { testIf } from "../helpers/test-if.ts";
import { snapshot } from "../helpers/tree.ts";
import { runWords, testUnpackingHidden, withoutFuse } from "../helpers/without-fuse.ts";

const OBSTACLE = noFuse();
const testWithFuse = testIf(OBSTACLE === undefined, OBSTACLE ?? "");

interface Place {
  readonly folder: string;
  readonly sqfs: string;
  /** The directory that `sqfs` becomes. */
  readonly mounted: string;
}

/** With `hello.sqfs`; what is left mounted is unmounted. */
function withImage(body: (place: Place) => void): Promise<void> {
  return withFolder((folder) => {
    const sqfs = makeSquash(makeImage(join(folder, "image")), join(folder, "hello.sqfs"));
    const mounted = join(folder, "mnt/hello");
    try {
      body({ folder, sqfs, mounted });
    } finally {
      if (existsSync(mounted)) succeed("ch-umount", mounted);
    }
  });
}

testWithFuse("ch-mount unpacks where the libraries of its engines are missing", () =>
  withImage(({ folder, sqfs, mounted }) => {
    const native = join(folder, "native");
    const copy = 'cp -r "$0" "$1" && rm "$1"/*-engine.so';
    must("sh", "-c", copy, process.env["CH_STAGE_LIB"] ?? "", native);
    const env = { CH_NATIVE_DIR: native };
    const { status, stderr } = run("ch-mount", [sqfs, join(folder, "mnt")], { env });
    assert.is(status, 0, stderr);
    const [line = "", ...others] = messages(stderr);
    assert.match(line, `"${sqfs}" cannot be mounted (cannot load the SquashFS engine: `);
    assert.match(line, `): unpacked to ${mounted} instead`);
    assert.equal(others, []);
    assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
  }),
);

testWithFuse("ch-mount mounts the SquashFS image in a SIF file", () =>
  withImage(({ folder, sqfs, mounted }) => {
    const sif = join(folder, "hello.sif");
    makeSif(sqfs, sif);
    succeed("ch-mount", sif, join(folder, "mnt"));
    assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
  }),
);

/** A file that holds the image behind something else. */
function embed(sqfs: string, file: string): string {
  writeFileSync(file, Buffer.concat([Buffer.alloc(12_345, "x"), readFileSync(sqfs)]));
  return file;
}

testWithFuse("ch-mount --offset mounts an image in a file", () =>
  withImage(({ folder, sqfs, mounted }) => {
    const file = embed(sqfs, join(folder, "hello"));
    assert.is(succeed("ch-mount", "--offset=12345", file, join(folder, "mnt")), "");
    assert.match(mountOn(mounted)?.type ?? "", /^fuse/);
    assert.equal(snapshot(mounted).slice(1), snapshot(join(folder, "image")).slice(1));
    assert.match(succeed("ch-mount", "--list"), `${mounted}: ${file} (pid `);
  }),
);

testUnpackingHidden("ch-mount without FUSE unpacks an image in a SIF file, and at an offset", () =>
  withImage(({ folder, sqfs, mounted }) => {
    const sif = join(folder, "hello.sif");
    const offset = makeSif(sqfs, sif);
    for (const args of [
      [sif],
      [`--offset=${offset}`, sif],
      ["--offset=12345", embed(sqfs, join(folder, "hello"))],
    ]) {
      const command = [installed("ch-mount"), ...args, join(folder, "mnt")];
      const { status, stderr } = runWords(withoutFuse("", command));
      assert.is(status, 0, stderr);
      assert.match(stderr, `unpacked to ${mounted} instead`);
      assert.is(mountOn(mounted), undefined);
      assert.is(succeed("ch-run", mounted, "--", "echo", "hello"), "hello\n");
      succeed("ch-umount", mounted);
    }
  }),
);

test("ch-mount --offset refuses what is no number, no image, or of several images", () =>
  withImage(({ folder, sqfs }) => {
    const mnt = join(folder, "mnt");
    for (const offset of ["-1", "1k", "0x10", "99999999999999999999"]) {
      const outcome = run("ch-mount", [`--offset=${offset}`, sqfs, mnt]);
      assertRefused(outcome, 2, `option "--offset=${offset}": not a number of bytes`);
    }
    for (const offset of [1, 1_000_000_000_000]) {
      const outcome = run("ch-mount", [`--offset=${offset}`, sqfs, mnt]);
      assertRefused(outcome, 1, `cannot read "${sqfs}": not a SquashFS image`);
    }
    const several = run("ch-mount", ["--offset=0", sqfs, sqfs, mnt]);
    assertRefused(several, 2, "--offset is for one image only");
    assert.not(existsSync(mnt));
  }));

test.run();
