/** The destination of a bind is looked up in the image: no symlink of an image leads out of it. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { makeRoot, makeSquashImage, squashWay } from "../helpers/root-image.ts";

interface Place {
  readonly folder: string;
  readonly image: string;
}

/** A test with a directory image of its own, and a folder "source" on the host. */
function withImage(body: (place: Place) => unknown): Promise<void> {
  return withFolder((folder) => {
    mkdirSync(join(folder, "source"));
    writeFileSync(join(folder, "source/found"), "");
    return body({ folder, image: makeRoot(join(folder, "image")) });
  });
}

/** Target of a symlink /link in the image, the destination, and where the source then is. */
const LINKS: readonly (readonly [string, string, string])[] = [
  ["/srv", "/link", "/srv"],
  ["srv", "/link", "/srv"],
  ["/mnt", "/link/new", "/mnt/new"],
  ["../../../../srv", "/link", "/srv"],
  ["/../srv", "/link", "/srv"],
  ["srv/../etc/../srv", "/usr/../link", "/srv"],
];

for (const write of ["--write", "--write-fake"]) {
  for (const [target, destination, expected] of LINKS) {
    test(`ch-run ${write}: ${destination} with /link -> ${target} is ${expected}`, () =>
      withImage(({ folder, image }) => {
        symlinkSync(target, join(image, "link"));
        const bind = `--bind=${folder}/source:${destination}`;
        const outcome = chRun([write, bind, image, "--", "ls", expected]);
        assert.is(assertDone(outcome), "found\n");
      }));
  }
}

test("a symlink in the image to a folder of the host makes nothing there", () =>
  withImage(({ folder, image }) => {
    const outside = join(folder, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(image, "escape"));
    for (const destination of ["/escape/new", "/escape/deep/er/new"]) {
      chRun(["-w", `--bind=${folder}/source:${destination}`, image, "--", "true"]);
    }
    assert.equal(readdirSync(outside), []);
  }));

test("a dangling symlink of the image is followed inside it, for a file", () =>
  withImage(({ folder, image }) => {
    symlinkSync("/run/resolv.conf", join(image, "link"));
    writeFileSync(join(folder, "file"), "text\n");
    const args = [`--bind=${folder}/file:/link`, image, "--", "cat", "/run/resolv.conf"];
    assert.is(assertDone(chRun(args)), "text\n");
    assert.not(existsSync(join(image, "run/resolv.conf")));
  }));

for (const target of ["link", "/proc/self/root/srv", "/proc/1/cwd"]) {
  test(`a symlink that leads nowhere inside is an error: ${target}`, () =>
    withImage(({ folder, image }) => {
      symlinkSync(target, join(image, "link"));
      const outcome = chRun([`--bind=${folder}/source:/link`, image, "--", "true"]);
      assertRefused(outcome, 31, /"\/link" in the image: (Too many levels|Permission denied)/);
    }));
}

test("a default bind follows the symlinks of distributions", () =>
  withImage(({ image }) => {
    rmSync(join(image, "etc/resolv.conf"));
    symlinkSync("../run/systemd/resolv.conf", join(image, "etc/resolv.conf"));
    mkdirSync(join(image, "run/systemd"));
    writeFileSync(join(image, "run/systemd/resolv.conf"), "of the image\n");
    for (const options of [[], ["--no-passwd"], ["-w"], ["-W"]]) {
      const outcome = chRun([...options, image, "--", "cat", "/etc/resolv.conf"]);
      assert.is(assertDone(outcome), hostFile("/etc/resolv.conf") ?? "of the image\n");
    }
  }));

function hostFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

test("ch-run --write makes a missing destination in the image", () =>
  withImage(({ folder, image }) => {
    writeFileSync(join(folder, "file"), "");
    const binds = [`--bind=${folder}/source:/new/dir`, `--bind=${folder}/file:/new/file`];
    assertDone(chRun(["-w", ...binds, image, "--", "true"]));
    assert.equal(readdirSync(join(image, "new")).sort(), ["dir", "file"]);
    assert.equal(readdirSync(join(image, "new/dir")), []);
    assert.is(readFileSync(join(image, "new/file"), "utf8"), "");
  }));

test("without --write, a missing destination is made for this run only", () =>
  withImage(({ folder, image }) => {
    const before = readdirSync(image);
    const args = [`--bind=${folder}/source:/new`, image, "--", "ls", "/new"];
    assert.is(assertDone(chRun(args)), "found\n");
    assert.equal(readdirSync(image), before);
  }));

test("an image without any mount point runs all the same", () =>
  withImage(({ folder, image }) => {
    const bare = join(folder, "bare");
    mkdirSync(bare);
    for (const name of ["usr", "bin", "lib", "lib64"]) {
      if (!existsSync(join(image, name))) continue;
      chRun(["-w", `--bind=${bare}:/mnt`, image, "--", "cp", "-a", `/${name}`, "/mnt/"]);
    }
    const images = [bare];
    if (squashWay !== "impossible") images.push(makeSquashImage(bare, join(folder, "bare.sqfs")));
    for (const path of images) {
      const { status, stdout } = chRun([
        path,
        "--",
        "/bin/sh",
        "-c",
        "echo x >/dev/null; ls -d /proc",
      ]);
      assert.equal([status, stdout], [0, "/proc\n"]);
    }
    assert.not(existsSync(join(bare, "proc")));
  }));

test.run();
