/** ch-tar2dir: the exact words of the earlier workflow, and what it leaves alone. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeSquash, makeTar } from "../helpers/image.ts";
import { messages, run, succeed } from "../helpers/program.ts";

/** A test with `hello.tar.gz` in its folder. */
function withTar(test: (folder: string, tarball: string) => unknown): Promise<void> {
  return withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    return test(folder, makeTar(image, join(folder, "hello.tar.gz")));
  });
}

test("ch-tar2dir makes a new image, then replaces it", () =>
  withTar((folder, tarball) => {
    const image = `${folder}/hello`;
    assert.is(
      succeed("ch-tar2dir", tarball, folder),
      `creating new image ${image}\n${image} unpacked ok\n`,
    );
    assert.ok(existsSync(join(image, "bin/busybox")));
    writeFileSync(join(image, "old"), "");
    assert.is(
      succeed("ch-tar2dir", tarball, `${folder}/`),
      `replacing existing image ${image}\n${image} unpacked ok\n`,
    );
    assert.not(existsSync(join(image, "old")));
    assert.equal(readdirSync(folder).sort(), ["hello", "hello.tar.gz", "image"]);
  }));

test("ch-tar2dir makes an image that ch-run runs", () =>
  withTar((folder, tarball) => {
    succeed("ch-tar2dir", tarball, folder);
    assert.is(succeed("ch-run", `${folder}/hello`, "--", "echo", "hello"), "hello\n");
  }));

test("ch-tar2dir leaves a directory that is no image alone", () =>
  withTar((folder, tarball) => {
    mkdirSync(join(folder, "hello"));
    writeFileSync(join(folder, "hello/thesis"), "years of work");
    const { status, stdout, stderr } = run("ch-tar2dir", [tarball, folder]);
    assert.equal([status, stdout], [1, ""]);
    const expected = `error: ${folder}/hello exists but does not appear to be an image`;
    assert.equal(messages(stderr), [expected]);
    assert.is(readFileSync(join(folder, "hello/thesis"), "utf8"), "years of work");
  }));

test("ch-tar2dir finds an archive whose suffix is left out", () =>
  withTar((folder) => {
    assert.match(succeed("ch-tar2dir", join(folder, "hello"), folder), "unpacked ok");
  }));

test("ch-tar2dir --quiet prints nothing", () =>
  withTar((folder, tarball) => {
    assert.is(succeed("ch-tar2dir", "--quiet", tarball, folder), "");
  }));

test("ch-tar2dir drops the one directory that holds everything", () =>
  withFolder((folder) => {
    makeImage(join(folder, "hello-1.0"));
    const tarball = makeTar(folder, join(folder, "hello.tar.xz"), "hello-1.0");
    succeed("ch-tar2dir", tarball, folder);
    assert.ok(existsSync(join(folder, "hello/bin/busybox")));
    assert.not(existsSync(join(folder, "hello/hello-1.0")));
  }));

test("ch-tar2dir refuses what is no tar archive", () =>
  withFolder((folder) => {
    const sqfs = makeSquash(makeImage(join(folder, "image")), join(folder, "hello.sqfs"));
    const { status, stderr } = run("ch-tar2dir", [sqfs, folder]);
    assert.is(status, 1);
    const expected = `error: cannot convert "${sqfs}": not a tar archive`;
    assert.equal(messages(stderr), [expected, "hint: it is a SquashFS image"]);
  }));

test("ch-tar2dir says what is missing", () =>
  withTar((folder, tarball) => {
    const noArchive = run("ch-tar2dir", [join(folder, "none"), folder]);
    assert.is(noArchive.status, 1);
    assert.match(noArchive.stderr, `cannot find the tar archive "${folder}/none"`);
    const noFolder = run("ch-tar2dir", [tarball, join(folder, "none")]);
    assert.is(noFolder.status, 1);
    assert.is(noFolder.stdout, "");
    assert.match(noFolder.stderr, `cannot write "${folder}/none/hello": No such file or directory`);
  }));

test.run();
