/**
 * What only root can set up for an ordinary user: `make check-root`. Setuid and setgid copies of
 * ch-run, a /dev/fuse that is not for everybody, files of others.
 */
import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { asUser, USER, userWords, withCopy } from "../helpers/as-user.ts";
import { chRun, runLimited } from "../helpers/ch-run.ts";
import { untilNobody } from "../helpers/processes.ts";
import { messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, makeRoot, squashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const testMounted = testIf(squashWay === "mounted", "SquashFS images are not mounted here");

/** Owner, group and mode of the copy, and whether it runs for an ordinary user. */
const COPIES: readonly (readonly [number, number, number, boolean])[] = [
  [0, 0, 0o755, true],
  [0, 0, 0o4755, false],
  [0, 0, 0o2755, false],
  [0, 0, 0o6755, false],
  [1, 0, 0o4755, false],
  [0, 1, 0o2755, false],
  [USER, USER, 0o6755, true],
];

function testSetuidCopies(): void {
  for (const [uid, gid, mode, runs] of COPIES) {
    test(`ch-run of ${uid}:${gid} with mode ${mode.toString(8)} ${runs ? "runs" : "refuses"}`, () =>
      withCopy((path) => {
        chownSync(path, uid, gid);
        chmodSync(path, mode);
        const outcome = asUser(path, directoryImage(), "--", "id", "-u");
        if (runs) assert.is(assertDone(outcome), `${USER}\n`);
        else assertRefused(outcome, 31, "cannot run setuid or setgid");
      }));
  }
}

function testRootsPowers(): void {
  for (const [kind, image] of images()) {
    test(`root may run a ${kind}, and is root in it`, () => {
      assert.is(assertDone(chRun([image, "--", "id", "-u"])), "0\n");
    });

    test(`root's powers end at a ${kind}`, () => {
      for (const attempt of ["mount -t tmpfs none /mnt", "mknod /tmp/x b 7 0", "chroot / true"]) {
        const outcome = chRun(["-u1", image, "--", "sh", "-c", attempt]);
        assert.is.not(outcome.status, 0, attempt);
      }
    });
  }
}

function testOthersServers(): void {
  testMounted("where /dev/fuse is for root alone, an ordinary user's image is unpacked", () =>
    withCopy((program) => {
      const folder = join(dirname(program), "user");
      mkdirSync(folder);
      chownSync(folder, USER, USER);
      const hide =
        'mount -t tmpfs none "$0" && mknod -m 600 "$0/fuse" c 10 229 &&' +
        'mount --bind "$0/fuse" /dev/fuse && umount -l "$0" && exec "$@"';
      const storage = join(folder, "storage");
      const run = [program, `-s${storage}`, squashImage(), "--", "id", "-u"];
      const user = userWords(...run);
      const words = ["-m", "sh", "-c", hide, folder, ...user];
      const { status, stdout, stderr } = runLimited("unshare", words, {});
      assert.equal([status, stdout], [0, `${USER}\n`], stderr);
      assert.match(
        messages(stderr)[0] ?? "",
        /^warning: \/dev\/fuse is not readable and writable for everybody: /,
      );
      assert.equal(readdirSync(join(storage, "unpacked")).length, 1);
    }),
  );

  testMounted("an ordinary user's server is that user's, and is gone afterwards", () =>
    withCopy(async (program) => {
      const script = '"$0" "$1" -- sh -c "sleep 0.3" & sleep 0.2; ps -o uid= -C ch-run-squashfs';
      const { stdout } = asUser("sh", "-c", script, program, squashImage());
      assert.ok(stdout.split(/\s+/).includes(String(USER)), stdout);
      await untilNobody(squashImage());
    }),
  );
}

function testOthersFiles(): void {
  test("an image whose files are others' runs where they may be read", () =>
    withCopy((program) => {
      const image = makeRoot(join(dirname(program), "image"));
      chownSync(join(image, "etc/os-release"), 1, 1);
      chmodSync(join(image, "etc/os-release"), 0o600);
      const run = [program, image, "--", "cat"];
      assert.is(assertDone(asUser(...run, "/etc/nsswitch.conf")).length > 0, true);
      assert.match(asUser(...run, "/etc/os-release").stderr, /Permission denied/);
    }));
}

if (process.getuid?.() === 0) {
  testSetuidCopies();
  testRootsPowers();
  testOthersServers();
  testOthersFiles();
  test.run();
} else {
  console.log("SKIP: only root can set these cases up; make check-root");
  process.exitCode = 77;
}
