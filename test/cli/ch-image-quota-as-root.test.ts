/**
 * A quota that is used up, of btrfs, which only root can set: `make check-root`. What it answers is
 * not what a full disk answers, and it refuses also what needs no room, like giving a new name.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { launchAny } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise, makeSquash } from "../helpers/image.ts";
import { hasProgram } from "../helpers/layout.ts";
import { installed, messages } from "../helpers/program.ts";
import { HAS_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const CAN = process.getuid?.() === 0 && HAS_REGISTRY && hasProgram("mkfs.btrfs");
const quotaTest = testIf(CAN, "only root with mkfs.btrfs and docker-registry here can do that");

/** In `$1/disk/full` 9 MiB are allowed, of which an image in storage uses 4. */
const PREPARE = `
truncate -s 256M "$1/btrfs" && mkfs.btrfs -q -m single "$1/btrfs" >"$1/log" 2>&1 &&
mount -o loop "$1/btrfs" "$1/disk" && btrfs quota enable "$1/disk" &&
btrfs subvolume create "$1/disk/full" >"$1/log" || exit 99
ch-image push --image="$1/large" $2/large >"$1/log" || exit 99
cd "$1/disk/full" && export CH_IMAGE_STORAGE="$PWD/storage" &&
ch-image import "$1/small" small >"$1/log" && ch-image tag small other >"$1/log" &&
btrfs qgroup limit 9m . || exit 99
used_up() {
  head -c 9M /dev/zero >full
  while echo x >x$((i += 1)); do :; done
} 2>"$1/log"
`;

async function tryAll(folder: string, script: string): Promise<{ said: string[]; stdout: string }> {
  for (const name of ["disk", "home"]) mkdirSync(join(folder, name));
  makeImage(join(folder, "small"));
  makeNoise(join(makeImage(join(folder, "large")), "noise"), 12);
  makeSquash(join(folder, "large"), join(folder, "large.sqfs"));
  const env = {
    HOME: join(folder, "home"),
    PATH: `${dirname(installed("ch-image"))}:${process.env["PATH"]}`,
    TMPDIR: folder,
  };
  const words = ["-m", "sh", "-c", PREPARE + script, "sh", folder, await startRegistry()];
  const { status, stdout, stderr } = await launchAny("unshare", words, { env }).ended;
  assert.is(status, 0, stderr);
  return { said: messages(stderr), stdout };
}

/** Lines of error, each with its hint. */
function assertSaid(said: readonly string[], expected: readonly (readonly [RegExp, RegExp])[]) {
  assert.is(said.length, 2 * expected.length, said.join("\n"));
  for (const [index, [error, hint]] of expected.entries()) {
    assert.match(said[2 * index] ?? "", error);
    assert.match(said[2 * index + 1] ?? "", hint);
  }
}

const STORED: readonly [RegExp, RegExp] = [
  /^error: cannot .*: Disk quota exceeded \(file system ".*\/disk" \(btrfs\)\)$/,
  /^hint: "ch-image gc --now" removes .*; --storage=DIR chooses another place$/,
];
const CONVERTED: readonly [RegExp, RegExp] = [
  /^error: cannot .*: Disk quota exceeded$/,
  /^hint: a quota is used up in file system ".*\/disk" \(btrfs\) or /,
];

quotaTest("what does not fit into a quota is refused, and what was there stays", () =>
  withFolder(async (folder) => {
    const script = `
    ch-image pull $2/large; ch-image import "$1/large"
    ch-convert "$1/large" a.sqfs; ch-convert "$1/large.sqfs" a/
    ch-convert "$1/large" oci-archive:a.tar; ch-convert docker://$2/large b.sqfs
    ls -A; ch-image list; ch-image check; ch-run small -- echo runs`;
    const { said, stdout } = await tryAll(folder, script);
    const converted = Array.from({ length: 4 }, () => CONVERTED);
    assertSaid(said, [STORED, STORED, ...converted]);
    assert.is(stdout, "storage\nother:latest\nsmall:latest\n2 images are whole\nruns\n");
  }),
);

quotaTest("where nothing at all can be written, images run and can be deleted", () =>
  withFolder(async (folder) => {
    const script = `
    used_up
    ch-run small -- echo runs
    ch-run --overlay=new small -- true
    ch-image delete other
    ch-image delete --now other && ch-image list && ch-image check &&
    ch-image delete --now small && ch-image gc --now && ls -A storage/layers storage/tmp &&
    cat storage/index.json`;
    const { said, stdout } = await tryAll(folder, script);
    assertSaid(said, [
      [
        /^error: cannot make overlay "new": Disk quota exceeded: your quota .* is used up$/,
        /^hint: you can fix it: make room there, or choose another place$/,
      ],
      [
        /^error: cannot delete "other:latest": Disk quota exceeded$/,
        /^hint: "ch-image delete --now" needs no room, and cannot be undone$/,
      ],
    ]);
    const lines = stdout.split("\n");
    assert.equal(lines.slice(0, 4), [
      "runs",
      "deleted other:latest",
      "small:latest",
      "1 images are whole",
    ]);
    assert.match(stdout, /\nstorage\/layers:\n\nstorage\/tmp:\n\{.*"manifests":\[\]\}\n$/);
  }),
);

runConditional();
