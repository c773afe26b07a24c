/** ch-run on Linux 4.18, or what looks like it: see test/helpers/old-kernel.c. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { canPrepare } from "../helpers/cause.ts";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { makeTree } from "../helpers/layer.ts";
import { helper } from "../helpers/native-helper.ts";
import { installed, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, squashWay } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const RECORD = "charliecloud image 1\nlayer 2\nlayer 1\n";

/** Inside `make check-418` it is in force already, and there can be only one. */
const isInside = process.env["CH_TEST_KERNEL"] === "4.18";
const oldKernel = isInside ? [] : [helper("old-kernel")];

function runOld(...command: readonly string[]): Outcome {
  const [file = "", ...args] = [...oldKernel, ...command];
  return runLimited(file, args, {});
}

const isPossible = process.env["CH_TEST_SECCOMP"] === "yes" && runOld("true").status === 0;
const testDead = testIf(
  isPossible && canPrepare && squashWay === "mounted",
  "no FUSE here, or no user notifications of seccomp(2) (Linux 5.5)",
);
const testOld = testIf(isPossible && canPrepare, "no user notifications of seccomp(2) (Linux 5.5)");

for (const [kind, image] of images()) {
  testOld(`a ${kind} runs, with binds and a passwd, and without a new system call`, () =>
    withFolder((folder) => {
      const args = [`--bind=${folder}:/mnt:ro`, "--uid=65534", image, "--", "sh", "-c"];
      const outcome = runOld(installed("ch-run"), ...args, "id -un; : >/mnt/x");
      assert.equal([outcome.status !== 0, outcome.stdout], [true, "nobody\n"]);
      assert.match(outcome.stderr, /Read-only file system/);
    }),
  );

  testOld(`--write-fake of a ${kind} is refused, with the reason`, () => {
    const outcome = runOld(installed("ch-run"), "--write-fake", image, "--", "true");
    const error =
      /^error: cannot mount an overlay on the image: .*: the kernel forbids overlayfs in user namesp/;
    assertRefused(outcome, 31, error);
  });
}

testOld("an image in storage that is in layers is refused, with what makes it one tree", () =>
  withFolder((folder) => {
    makeImage(join(folder, "layers/1"));
    makeTree(folder, { "layers/2/x": "", "img/a+latest": RECORD });
    const args = [`--storage=${folder}`, "a", "--", "true"];
    const outcome = runOld(installed("ch-run"), ...args);
    assertRefused(outcome, 31, /^error: cannot mount an overlay on the image: /);
    assert.match(outcome.stderr, /hint: you can fix it: "ch-image check --repair" on this host/);
  }),
);

testOld("--feature=overlayfs says no, and ch-checkns why", () => {
  assert.is(runOld(installed("ch-run"), "--feature=overlayfs").status, 87);
  const said = assertDone(runOld(installed("ch-checkns")));
  assert.match(said, /overlayfs \.\.\. no: the kernel forbids overlayfs in user namespaces/);
  assert.match(said, "directory images can run: yes\n");
});

/** $1: a folder to be bound, in which another file system is mounted twice, one of them noexec. */
const MOUNT_BELOW = `
  mkdir -p "$1/a b/c" && mount -t tmpfs none "$1/a b" && mkdir "$1/a b/c" &&
  mount -t tmpfs -o noexec,nosuid none "$1/a b/c" || exit 98
  shift
  exec "$@"`;

/** $1: the same, with a FUSE mount that nobody serves any more. */
const MOUNT_DEAD = `
  exec 9<>/dev/fuse || exit 98
  mkdir -p "$1/dead" || exit 98
  mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 none "$1/dead" || exit 98
  exec 9>&-
  shift
  exec "$@"`;

/** Run a command with a folder at /mnt, read-only, that a script has prepared. */
function runWithBind(prepare: string, folder: string, script: string): Outcome {
  const container = [`--bind=${folder}:/mnt:ro`, directoryImage(), "--", "sh", "-c", script];
  const command = [...oldKernel, installed("ch-run"), ...container];
  return runLimited("unshare", ["-Urm", "sh", "-c", prepare, "sh", folder, ...command], {});
}

testOld("what is mounted below a read-only bind is read-only, too", () =>
  withFolder((folder) => {
    const script = 'for i in "/mnt/x" "/mnt/a b/x" "/mnt/a b/c/x"; do (echo y >"$i"); done; id -un';
    const { status, stderr } = runWithBind(MOUNT_BELOW, folder, script);
    assert.equal([status, stderr.match(/Read-only file system/g)?.length], [0, 3], stderr);
  }),
);

testDead("a file system below a bind that nobody serves is in nobody's way", () =>
  withFolder((folder) => {
    const { status, stderr } = runWithBind(
      MOUNT_DEAD,
      folder,
      "ls /mnt/dead; (echo y >/mnt/x); id",
    );
    assert.match(stderr, /Transport endpoint is not connected/);
    assert.match(stderr, /Read-only file system/);
    assert.is(status, 0, stderr);
  }),
);

runConditional();
