/** What ch-run takes for an image: found by content and by any path; everything else refused. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chRun, shell } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTree } from "../helpers/layer.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, squashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const testUser = testIf(process.getuid?.() !== 0, "root may read everything");
const testSquash = testIf(squashWay !== "impossible", "no SquashFS images here");

for (const [kind, image] of images()) {
  test(`ch-run runs a ${kind} by absolute path, relative path and symlink`, () =>
    withFolder((folder) => {
      symlinkSync(image, join(folder, "absolute link.tar.gz"));
      symlinkSync(relative(folder, image), join(folder, "link"));
      symlinkSync("link", join(folder, "link to link"));
      const names = ["absolute link.tar.gz", "link", "./link to link", "-n"];
      symlinkSync(image, join(folder, "-n"));
      for (const path of [image, relative(folder, image), ...names]) {
        const outcome = chRun(["--", path, "--", "echo", "hello"], { cwd: folder });
        assert.is(assertDone(outcome), "hello\n", path);
      }
    }));

  test(`ch-run runs a ${kind} when the directory it was started in is gone`, () =>
    withFolder((folder) => {
      mkdirSync(join(folder, "gone"));
      const script = 'cd "$1" && rmdir "$1" && exec "$0" "$2" -- pwd';
      assert.is(assertDone(shell(script, [join(folder, "gone"), image])), "/\n");
    }));

  test(`ch-run is not told the ${kind} by a variable of the environment`, () => {
    const env = { CH_IMAGE: image, CH_RUN_IMAGE: image };
    assertRefused(
      chRun(["/no/such/image", "--", "true"], { env }),
      31,
      /^error: cannot find image/,
    );
  });
}

test("ch-run runs a directory named like an archive", () =>
  withFolder((folder) => {
    const image = join(folder, "image.sqfs");
    must("cp", "-a", directoryImage(), image);
    assert.is(assertDone(chRun([image, "--", "echo", "hello"])), "hello\n");
  }));

testSquash("ch-run runs a SquashFS image whatever its name", () =>
  withFolder((folder) => {
    for (const name of ["foo.tar", "a b", "new\nline", "Dockerfile", "x.sqfs:1"]) {
      copyFileSync(squashImage(), join(folder, name));
      const { status, stdout } = chRun([name, "--", "echo", "hello"], { cwd: folder });
      assert.equal([status, stdout], [0, "hello\n"], name);
    }
  }),
);

const TEXT = "not an image\n".repeat(1000);
const UNKNOWN = "unknown image type, neither a directory nor a SquashFS file";
const ARCHIVE = "it is an archive, not a directory or SquashFS file";

/** Things that are no images, made at a path, and what is said of them. */
const OTHERS: readonly (readonly [string, (path: string) => unknown, string])[] = [
  ["a text", (path) => writeFileSync(path, TEXT), UNKNOWN],
  ["an empty file", (path) => writeFileSync(path, ""), UNKNOWN],
  ["nearly the magic number", (path) => writeFileSync(path, "hsq"), UNKNOWN],
  ["a big-endian SquashFS", (path) => writeFileSync(path, `sqsh${TEXT}`), UNKNOWN],
  ["a FIFO", (path) => must("mkfifo", path), UNKNOWN],
  ["a device", (path) => symlinkSync("/dev/null", path), UNKNOWN],
  ["an archive", (path) => must("tar", "-cf", path, "-C", "/etc", "passwd"), ARCHIVE],
  ["a compressed archive", (path) => must("tar", "-czf", path, "-C", "/etc", "passwd"), ARCHIVE],
];

for (const [what, make, error] of OTHERS) {
  test(`ch-run refuses ${what} that is named x.sqfs`, () =>
    withFolder((folder) => {
      const path = join(folder, "x.sqfs");
      make(path);
      assertRefused(chRun([path, "--", "true"]), 31, `cannot run image "${path}": ${error}`);
    }));
}

/** Directories that hold an image, or a part of one, and what is said of them. */
const HOLDERS: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  [
    "an OCI layout",
    { "layout/oci-layout": "{}", "layout/index.json": "{}", "layout/blobs/": "" },
    "layout",
    "it is an OCI layout, not a root file system",
  ],
  [
    "a bundle for OCI runtimes",
    { "bundle/config.json": "{}", "bundle/rootfs/usr/": "" },
    "bundle",
    "it is a bundle for OCI runtimes, not a root file system",
  ],
  [
    "a layer of storage",
    { "storage/oci-layout": "{}", "storage/layers/1/usr/": "" },
    "storage/layers/1",
    "it is a layer in storage, which images share",
  ],
];

for (const [what, tree, path, error] of HOLDERS) {
  test(`ch-run refuses ${what}, and says what to do`, () =>
    withFolder((folder) => {
      makeTree(folder, tree);
      for (const args of [
        [path, "--", "true"],
        ["-w", path, "--", "true"],
      ]) {
        const outcome = chRun(args, { cwd: folder });
        assertRefused(outcome, 31, `cannot run image "${path}": ${error}`);
        assert.match(outcome.stderr, /hint: (convert it first|its root|run an image by its name)/);
      }
    }));
}

const NOT_THERE: readonly (readonly [string, string])[] = [
  ["/no/such/image", "No such file or directory"],
  ["", "No such file or directory"],
  ["/etc/passwd/image", "Not a directory"],
  ["/etc/passwd/", "Not a directory"],
  ["x".repeat(300), "File name too long"],
];

for (const [path, cause] of NOT_THERE) {
  test(`ch-run refuses the image "${path.slice(0, 40)}": ${cause}`, () => {
    assertRefused(chRun([path, "--", "true"]), 31, `cannot find image "${path}": ${cause}`);
  });
}

const BROKEN_LINKS: readonly (readonly [string, string])[] = [
  ["link", "Too many levels of symbolic links"],
  ["nothing", "No such file or directory"],
];

for (const [target, cause] of BROKEN_LINKS) {
  test(`ch-run refuses a symlink that leads to "${target}": ${cause}`, () =>
    withFolder((folder) => {
      symlinkSync(target, join(folder, "link"));
      const outcome = chRun(["link", "--", "true"], { cwd: folder });
      assertRefused(outcome, 31, `cannot find image "link": ${cause}`);
    }));
}

testUser("ch-run refuses a file that it may not read", () =>
  withFolder((folder) => {
    const image = join(folder, "image");
    writeFileSync(image, TEXT, { mode: 0 });
    assertRefused(chRun([image, "--", "true"]), 31, `cannot open "${image}": Permission denied`);
  }),
);

test.run();
