import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { looksLikeImage } from "../../../lib/convert/image.ts";
import { withFolder } from "../../helpers/folder.ts";

function makeImage(folder: string): void {
  for (const name of ["bin", "dev", "proc", "sys"]) mkdirSync(join(folder, name));
}

const CHANGES: readonly (readonly [string, boolean, (folder: string) => void])[] = [
  ["with everything", true, () => {}],
  ["with something in dev", true, (folder) => writeFileSync(join(folder, "dev/null"), "")],
  ["without dev", false, (folder) => rmSync(join(folder, "dev"), { recursive: true })],
  ["without proc", false, (folder) => rmSync(join(folder, "proc"), { recursive: true })],
  ["without sys", false, (folder) => rmSync(join(folder, "sys"), { recursive: true })],
  ["with a proc in use", false, (folder) => mkdirSync(join(folder, "proc/1"))],
  ["with a sys in use", false, (folder) => mkdirSync(join(folder, "sys/kernel"))],
  ["without programs", false, (folder) => rmSync(join(folder, "bin"), { recursive: true })],
  [
    "with bin as a symlink",
    true,
    (folder) => {
      rmSync(join(folder, "bin"), { recursive: true });
      symlinkSync("usr/bin", join(folder, "bin"));
    },
  ],
  [
    "with usr/bin only",
    true,
    (folder) => {
      rmSync(join(folder, "bin"), { recursive: true });
      mkdirSync(join(folder, "usr/bin"), { recursive: true });
    },
  ],
  [
    "with proc as a symlink to an empty directory",
    false,
    (folder) => {
      rmSync(join(folder, "proc"), { recursive: true });
      symlinkSync("sys", join(folder, "proc"));
    },
  ],
];

for (const [text, expected, change] of CHANGES) {
  test(`looksLikeImage() of a directory ${text} is ${expected}`, () =>
    withFolder(async (folder) => {
      makeImage(folder);
      change(folder);
      assert.is(await looksLikeImage(folder), expected);
    }));
}

test("looksLikeImage() of the host's root is false", async () => {
  assert.not(await looksLikeImage("/"));
});

test("looksLikeImage() of a mount point is false", async () => {
  assert.not(await looksLikeImage("/proc"));
});

test.run();
