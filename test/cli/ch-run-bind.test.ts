/** ch-run --bind: what of the host appears where, and what cannot. */

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { test } from "../helpers/kernel.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { directoryImage, images } from "../helpers/root-image.ts";

/** A test with the folders "a" and "b" and the file "file" on the host. */
function withHost(body: (folder: string) => unknown): Promise<void> {
  return withFolder((folder) => {
    for (const name of ["a", "b"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, `in-${name}`), `${name}\n`);
    }
    writeFileSync(join(folder, "file"), "file\n");
    return body(folder);
  });
}

interface Good {
  readonly title: string;
  /** Values of --bind; HOST is the folder of the test. */
  readonly binds: readonly string[];
  readonly command: readonly string[];
  readonly output: string;
}

const GOOD: readonly Good[] = [
  {
    title: "a directory on a directory",
    binds: ["HOST/a:/mnt"],
    command: ["cat", "/mnt/in-a"],
    output: "a\n",
  },
  {
    title: "a file on a file",
    binds: ["HOST/file:/etc/os-release"],
    command: ["cat", "/etc/os-release"],
    output: "file\n",
  },
  {
    title: "without a destination: at the same path, which is made",
    binds: ["HOST/a"],
    command: ["cat", "HOST/a/in-a"],
    output: "a\n",
  },
  {
    title: "a relative source, at its absolute path",
    binds: ["a"],
    command: ["cat", "HOST/a/in-a"],
    output: "a\n",
  },
  {
    title: "a relative source elsewhere",
    binds: ["./a/in-a:/mnt/deep/er/file"],
    command: ["cat", "/mnt/deep/er/file"],
    output: "a\n",
  },
  {
    title: "a directory on one that is made",
    binds: ["HOST/a:/new/one"],
    command: ["ls", "/new/one"],
    output: "in-a\n",
  },
  {
    title: "a file on one that is made",
    binds: ["HOST/file:/new"],
    command: ["cat", "/new"],
    output: "file\n",
  },
  {
    title: "two at one place: the last is seen",
    binds: ["HOST/a:/mnt", "HOST/b:/mnt"],
    command: ["ls", "/mnt"],
    output: "in-b\n",
  },
  {
    title: "one inside the other, in the order given",
    binds: ["HOST:/mnt", "HOST/b:/mnt/a"],
    command: ["ls", "/mnt/a", "/mnt/b"],
    output: "/mnt/a:\nin-b\n\n/mnt/b:\nin-b\n",
  },
  {
    title: "a destination with symlinks, double slashes and dots",
    binds: ["HOST/a://etc/../mnt/./"],
    command: ["ls", "/mnt"],
    output: "in-a\n",
  },
  { title: "over /tmp", binds: ["HOST/a:/tmp"], command: ["ls", "/tmp"], output: "in-a\n" },
  {
    title: "the host's root",
    binds: ["/:/mnt"],
    command: ["cat", "/mntHOST/file"],
    output: "file\n",
  },
];

for (const [kind, image] of images()) {
  for (const { title, binds, command, output } of GOOD) {
    test(`ch-run --bind in a ${kind}: ${title}`, () =>
      withHost((folder) => {
        const fill = (word: string): string => word.replace("HOST", folder);
        const options = binds.map((bind) => `--bind=${fill(bind)}`);
        const outcome = chRun([...options, image, "--", ...command.map(fill)], { cwd: folder });
        assert.is(assertDone(outcome), output);
        assert.equal(readdirSync(folder).sort(), ["a", "b", "file"]);
      }));
  }
}

const image = directoryImage();

const REFUSED: readonly (readonly [readonly string[], RegExp])[] = [
  [["HOST/none:/mnt"], /: cannot find bind source "HOST\/none": No such file or directory$/],
  [["none"], /: cannot find bind source "none": No such file or directory$/],
  [["HOST/file/x:/mnt"], /: cannot find bind source "HOST\/file\/x": Not a directory$/],
  [["HOST/a:/etc/passwd"], /: the source is a directory and the destination is not$/],
  [["HOST/file:/mnt"], /: the source is a file and the destination is a directory$/],
  [["HOST/a:/etc/passwd/x"], /: cannot make bind destination "\/etc\/passwd\/x": Not a dir/],
  [
    ["HOST/a:/mnt", "HOST/b:/mnt/new"],
    /"\/mnt\/new": it would be inside another bind, on the host$/,
  ],
  [["HOST/a:/mnt", "HOST/file:/mnt/x/y"], /"\/mnt\/x\/y": it would be inside another bind,/],
  [["HOST/b:/dev/charliecloud"], /"\/dev\/charliecloud": it would be inside another bind,/],
];

for (const [binds, error] of REFUSED) {
  test(`ch-run --bind ${binds.join(" ")} is refused, and nothing is made`, () =>
    withHost((folder) => {
      const options = binds.map((bind) => `--bind=${bind.replace("HOST", folder)}`);
      const expected = new RegExp(error.source.replace("HOST", folder.replaceAll(".", "\\.")));
      for (const write of [[], ["-W"]]) {
        const outcome = chRun([...write, ...options, image, "--", "true"], { cwd: folder });
        assertRefused(outcome, 31, expected);
      }
      assert.equal(readdirSync(join(folder, "a")), ["in-a"]);
    }));
}

test.run();
