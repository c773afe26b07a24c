/** --overlay=DIR on file systems that cannot hold what overlayfs writes: named, with what to do. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, type Outcome, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

/** Run ch-run, writing to a directory on what `mount` puts on $PLACE in a folder with l, u and w. */
function runOn(folder: string, mount: string, image: string): Outcome {
  for (const name of ["l", "u", "w", "place"]) mkdirSync(join(folder, name));
  const place = join(folder, "place");
  const script = `cd "$1" && { ${mount}; } >&2 || exit 98
    exec "$2" --overlay="$3/kept" "$4" -- sh -c 'rm -r /opt && mkdir /opt && ls /opt'`;
  const words = ["sh", "-c", script, "sh", folder, installed("ch-run"), place, image];
  return runLimited("unshare", ["-Urm", ...words], {});
}

function canMount(mount: string): boolean {
  const script = `mount -t tmpfs t /mnt && cd /mnt && mkdir l u w place && { ${mount}; }`;
  return runAny("unshare", ["-Urm", "sh", "-c", script]).status === 0;
}

const OVERLAY = "mount -t overlay o -o lowerdir=l,upperdir=u,workdir=w,userxattr place";

const REFUSED: readonly (readonly [string, string, string])[] = [
  ["ramfs", "mount -t ramfs r place", "has no extended attributes for users"],
  ["overlay", OVERLAY, "cannot note that a file is deleted"],
];

for (const [type, mount, lack] of REFUSED) {
  testIf(canMount(mount), `${type} cannot be mounted here`)(
    `--overlay in a directory on ${type} is refused, with what to do`,
    () =>
      withFolder((folder) => {
        const outcome = runOn(folder, mount, directoryImage());
        const place = join(folder, "place/kept");
        const error = `cannot keep an overlay in "${place}": file system ${type} ${lack}`;
        assertRefused(outcome, 31, error);
        assert.match(outcome.stderr, /hint: give a directory on a local disk \(ext4, XFS, Btrfs\)/);
      }),
  );
}

const READ_ONLY = "mount -t tmpfs -o ro t place";

testIf(canMount(READ_ONLY), "tmpfs cannot be mounted here")(
  "--overlay in a directory that is read-only says so",
  () =>
    withFolder((folder) => {
      const outcome = runOn(folder, READ_ONLY, directoryImage());
      const place = join(folder, "place/kept");
      assertRefused(outcome, 31, `cannot make overlay "${place}": Read-only file system`);
    }),
);

/** Place for so many files, the root of the file system among them. */
for (const [count, made] of [
  [1, "overlay"],
  [3, `"`],
] as const) {
  const full = `mount -t tmpfs -o nr_inodes=${count} t place`;
  testIf(canMount(full), "tmpfs cannot be mounted here")(
    `--overlay on a file system with room for ${count} says that it is full`,
    () =>
      withFolder((folder) => {
        const outcome = runOn(folder, full, directoryImage());
        const error = /: cannot make .*: No space left on device: the file system is full$/;
        assertRefused(outcome, 31, error);
        assert.match(outcome.stderr, made);
        assert.match(outcome.stderr, "hint: you can fix it: make room there, or choose another");
      }),
  );
}

const TMPFS = "mount -t tmpfs t place";

const hasAttributes = runAny(installed("ch-run"), ["--feature=tmpfs-xattrs"]).status === 0;

for (const [kind, image] of images()) {
  testIf(canMount(TMPFS) && hasAttributes, "tmpfs has no extended attributes for users here")(
    `--overlay of a ${kind} works on a tmpfs`,
    () => withFolder((folder) => assert.is(assertDone(runOn(folder, TMPFS, image)), "")),
  );
}

runConditional();
