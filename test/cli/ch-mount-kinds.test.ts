/** ch-mount of what is no plain SquashFS file, and where an engine's libraries are missing. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { noFuse } from "../helpers/fuse.ts";
import { makeImage, makeSquash } from "../helpers/image.ts";
import { messages, must, run, succeed } from "../helpers/program.ts";
import { makeSif } from "../helpers/sif.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

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

runConditional();
