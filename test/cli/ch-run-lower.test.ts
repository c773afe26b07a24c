/** --lower=IMAGE: further images below the one that is run. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { KINDS, makeTree } from "../helpers/data-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { must } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

const FIRST = { "data/x": "first\n", "data/y": "first\n", "etc/os-release": "first\n" };
const SECOND = { "data/y": "second\n", "data/z": "second\n" };

/** Options for two images of a kind below another. */
function lowers(folder: string, make: typeof makeTree): readonly string[] {
  const names = [make(join(folder, "a"), FIRST), make(join(folder, "b"), SECOND)];
  return ["-q", ...names.map((name) => `--lower=${name}`)];
}

for (const [kind, image] of images()) {
  for (const [lowerKind, make] of KINDS) {
    const title = `of a ${kind} on a ${lowerKind}`;

    test(`--lower ${title}: what is above hides what is below, in the order given`, () =>
      withFolder((folder) => {
        const script = "cat /data/*; grep -c first /etc/os-release; : >/data/new";
        const words = [...lowers(folder, make), image, "--", "sh", "-c", script];
        const { stdout, stderr } = chRun(words);
        assert.is(stdout, "first\nfirst\nsecond\n0\n");
        assert.match(stderr, "/data/new: Read-only file system");
      }));

    test(`--lower ${title}: --write-fake, and what it writes is gone`, () =>
      withFolder((folder) => {
        const options = [...lowers(folder, make), "-W"];
        const script = "rm -r /data; mkdir /data; echo new >/data/y; cat /data/*";
        assert.is(assertDone(chRun([...options, image, "--", "sh", "-c", script])), "new\n");
        const { stdout } = chRun([...options, image, "--", "sh", "-c", "cat /data/*"]);
        assert.is(stdout, "first\nfirst\nsecond\n");
      }));

    test(`--lower ${title}: --overlay keeps, and others read it`, () =>
      withFolder((folder) => {
        const [options, kept] = [lowers(folder, make), `--overlay=${folder}/kept`];
        const run = (option: string, script: string) =>
          chRun([option, ...options, image, "--", "sh", "-c", script]);
        assertDone(run(kept, "rm /data/z; echo new >/data/y"));
        assert.is(assertDone(run(kept, "cat /data/*")), "first\nnew\n");
        assert.is(assertDone(run(`${kept}:ro`, "cat /data/*")), "first\nnew\n");
      }));

    test(`--lower ${title}: binds go to what is below, and to what is missing`, () =>
      withFolder((folder) => {
        const source = makeTree(join(folder, "source"), { bound: "bound\n" });
        const options = lowers(folder, make);
        const below = chRun([...options, `--bind=${source}:/data`, image, "--", "ls", "/data"]);
        assert.is(assertDone(below), "bound\n");
        const script = "cat /no/such/bound /data/*";
        const bind = `--bind=${source}:/no/such`;
        const missing = chRun([...options, bind, image, "--", "sh", "-c", script]);
        assert.is(assertDone(missing), "bound\nfirst\nfirst\nsecond\n");
        assert.not(existsSync(join(folder, "a/no")));
      }));
  }
}

test("--lower: any number, also of mixed kinds", () =>
  withFolder((folder) => {
    const make = (_: unknown, i: number) => {
      const [, pack = makeTree] = KINDS[i % KINDS.length] ?? [];
      return `--lower=${pack(join(folder, `l${i}`), { [`many/${i}`]: "" })}`;
    };
    const options = Array.from({ length: 12 }, make);
    const outcome = chRun([
      "-q",
      ...options,
      directoryImage(),
      "--",
      "sh",
      "-c",
      "ls /many | wc -l",
    ]);
    assert.is(Number(assertDone(outcome)), 12);
  }));

test("--lower refuses what is no image, as for the image itself", () =>
  withFolder((folder) => {
    const run = (path: string) => chRun([`--lower=${path}`, directoryImage(), "--", "true"]);
    const none = join(folder, "none");
    assertRefused(run(none), 31, `cannot find image "${none}": No such file or directory`);
    const file = join(folder, "file");
    writeFileSync(file, "text");
    assertRefused(run(file), 31, /^error: cannot run image ".*": unknown image type/);
    must("tar", "-C", directoryImage(), "-cf", join(folder, "tar"), "etc");
    assertRefused(run(join(folder, "tar")), 31, /^error: cannot run image ".*": it is an archive/);
    const root = "cannot use the host's root directory with --lower: ";
    assertRefused(run("/"), 31, `${root}other file systems are mounted in it`);
  }));

test("--lower refuses one image twice", () => {
  const outcome = chRun([`--lower=${directoryImage()}`, directoryImage(), "--", "true"]);
  assertRefused(outcome, 31, /^error: cannot mount an overlay on the image: /);
  assert.match(outcome.stderr, /hint: an image must not be inside another one/);
});

test("--lower and --write exclude each other, and the host's root is no image for it", () =>
  withFolder((folder) => {
    const write = 'options "--write" and "--lower" exclude each other';
    assertRefused(chRun(["-w", "--lower=/x", directoryImage(), "--", "true"]), 64, write);
    const root = chRun([`--lower=${folder}`, "/", "--", "true"]);
    assertRefused(root, 31, /^error: cannot put an overlay on the host's root directory: /);
  }));

test.run();
