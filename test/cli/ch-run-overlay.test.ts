/** --overlay=DIR: what a command writes is there in the next run; who reads beside it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images, makeRoot } from "../helpers/root-image.ts";
import { snapshot } from "../helpers/tree.ts";

/** Each changes what is in every image; the second word prints what must be kept of it. */
const CHANGES: readonly (readonly [string, string, string])[] = [
  ["echo x >/new", "cat /new", "x\n"],
  ["echo x >>/etc/os-release", "tail -n 1 /etc/os-release", "x\n"],
  ["rm /etc/os-release", "ls -d /etc/os-release || echo gone", "gone\n"],
  ["rm -r /opt && mkdir /opt && touch /opt/new", "ls /opt", "new\n"],
  ["mv /etc/os-release /moved && rm -r /srv", "ls -d /moved /srv || echo gone", "/moved\ngone\n"],
  ["chmod 700 /opt && ln -s /opt /link", "stat -c %a /opt; readlink /link", "700\n/opt\n"],
];

for (const [kind, image] of images()) {
  for (const [change, look, expected] of CHANGES) {
    test(`--overlay keeps what was done to a ${kind}: ${change}`, () =>
      withFolder((folder) => {
        const before = snapshot(image.replace(/\.sqfs$/, ""));
        const option = `--overlay=${join(folder, "kept")}`;
        assertDone(chRun([option, image, "--", "sh", "-ec", change]));
        assert.is(chRun([option, image, "--", "sh", "-c", look]).stdout, expected);
        assert.is(chRun([`${option}:ro`, image, "--", "sh", "-c", look]).stdout, expected);
        assert.equal(snapshot(image.replace(/\.sqfs$/, "")), before);
      }));
  }

  test(`--overlay=DIR:ro of a ${kind} shows what is kept, and cannot be written to`, () =>
    withFolder((folder) => {
      const kept = join(folder, "kept");
      assertDone(chRun([`--overlay=${kept}`, image, "--", "sh", "-c", "echo x >/new"]));
      const outcome = chRun([`--overlay=${kept}:ro`, image, "--", "sh", "-c", "cat /new; : >/no"]);
      assert.is(outcome.stdout, "x\n");
      assert.match(outcome.stderr, /\/no: Read-only file system/);
      const fake = chRun(["-W", `--overlay=${kept}:ro`, image, "--", "sh", "-c", "echo y >>/new"]);
      assertDone(fake);
      assert.is(readFileSync(join(kept, "upper/new"), "utf8"), "x\n");
    }));

  test(`a bind's destination that is missing in a ${kind} is made in what --overlay keeps`, () =>
    withFolder((folder) => {
      const kept = join(folder, "kept");
      const bind = `--bind=${folder}:/made/for/it`;
      const look = [image, "--", "ls", "/made/for/it"];
      assert.is(assertDone(chRun([`--overlay=${kept}`, bind, ...look])), "kept\n");
      assert.ok(existsSync(join(kept, "upper/made/for/it")));
      const other = `--bind=${folder}:/another`;
      const both = [image, "--", "ls", "/another", "/made/for"];
      const { stdout } = chRun([`--overlay=${kept}:ro`, other, ...both]);
      assert.is(stdout, "/another:\nkept\n\n/made/for:\nit\n");
      assert.not(existsSync(join(kept, "upper/another")));
    }));

  test(`--home of a ${kind} goes with --overlay`, () =>
    withFolder((folder) => {
      const words = [`--overlay=${join(folder, "kept")}`, "--home", image, "--"];
      const env = { HOME: folder, USER: "somebody" };
      const outcome = chRun([...words, "sh", "-c", "ls $HOME; : >/new"], { env });
      assert.is(assertDone(outcome), "kept\n");
      assert.ok(existsSync(join(folder, "kept/upper/new")));
    }));
}

test("--overlay: the directory may be there, and its name relative", () =>
  withFolder((folder) => {
    mkdirSync(join(folder, "kept"));
    assertDone(chRun(["--overlay=kept", directoryImage(), "--", "touch", "/a"], { cwd: folder }));
    assertDone(chRun(["--overlay=kept/", directoryImage(), "--", "touch", "/b"], { cwd: folder }));
    assert.equal(readdirSync(join(folder, "kept/upper")).sort(), ["a", "b"]);
    assert.equal(readdirSync(join(folder, "kept")).sort(), ["lock", "upper", "work"]);
  }));

test("--overlay: what it keeps can be removed by its owner", () =>
  withFolder((folder) => {
    const kept = join(folder, "kept");
    const script = "rm -r /opt /etc/os-release && mkdir /opt";
    assertDone(chRun([`--overlay=${kept}`, directoryImage(), "--", "sh", "-ec", script]));
    must("rm", "-rf", kept);
    assert.not(existsSync(kept));
  }));

test("--overlay and --write exclude each other, and so do --overlay and --write-fake", () => {
  const image = directoryImage();
  const write = 'options "--write" and "--overlay" exclude each other';
  assertRefused(chRun(["--write", "--overlay=/x", image, "--", "true"]), 64, write);
  const fake =
    'options "--write-fake" and "--overlay" exclude each other, unless that is only read: ' +
    '"--overlay=/x:ro"';
  assertRefused(chRun(["-W", "--overlay=/x", image, "--", "true"]), 64, fake);
  const twice = 'option "--overlay" may be given once';
  assertRefused(chRun(["--overlay=/x", "--overlay=/y", image, "--", "true"]), 64, twice);
  const none = 'option "--overlay" needs a directory';
  assertRefused(chRun(["--overlay=", image, "--", "true"]), 64, none);
});

test("--overlay refuses a directory with other files, and leaves it alone", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "thesis"), "");
    const outcome = chRun([`--overlay=${folder}`, directoryImage(), "--", "true"]);
    const error = `cannot keep an overlay in "${folder}": there are other files in it`;
    assertRefused(outcome, 31, error);
    assert.equal(readdirSync(folder), ["thesis"]);
  }));

test("--overlay refuses a directory inside the image", () =>
  withFolder((folder) => {
    const image = makeRoot(join(folder, "image"));
    const outcome = chRun([`--overlay=${image}/srv`, image, "--", "true"]);
    const error = `cannot keep an overlay in "${image}/srv": it is inside the image`;
    assertRefused(outcome, 31, error);
  }));

test("--overlay refuses what is no directory, or not to be made", () =>
  withFolder((folder) => {
    const run = (dir: string) => chRun([`--overlay=${dir}`, directoryImage(), "--", "true"]);
    const file = join(folder, "file");
    writeFileSync(file, "");
    assertRefused(run(file), 31, `cannot open overlay "${file}": Not a directory`);
    const deep = join(folder, "no/such");
    assertRefused(run(deep), 31, `cannot make overlay "${deep}": No such file or directory`);
  }));

test("--overlay=DIR:ro refuses a directory that keeps nothing", () =>
  withFolder((folder) => {
    const run = (dir: string) => chRun([`--overlay=${dir}:ro`, directoryImage(), "--", "true"]);
    const error = `cannot read overlay "${folder}": there is none in it: No such file or directory`;
    assertRefused(run(folder), 31, error);
    const none = join(folder, "none");
    assertRefused(run(none), 31, `cannot open overlay "${none}": No such file or directory`);
    assert.not(existsSync(none));
  }));

test("--overlay refuses the host's root directory as image", () =>
  withFolder((folder) => {
    const outcome = chRun([`--overlay=${join(folder, "kept")}`, "/", "--", "true"]);
    assertRefused(outcome, 31, /^error: cannot put an overlay on the host's root directory: /);
  }));

test.run();
