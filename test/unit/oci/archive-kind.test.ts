import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { archiveKind } from "../../../lib/oci/archive-kind.ts";
import { withFolder } from "../../helpers/folder.ts";
import { must } from "../../helpers/program.ts";

const HEX = "0123456789abcdef".repeat(4);
const LIST = '[{"Config":"c.json","Layers":[]}]';

/** What is in an archive, and what it then is, plain and by gzip. */
const ARCHIVES: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  ["a root file system", { "bin/sh": "", "etc/passwd": "" }, "tar", "tar"],
  ["nothing", {}, "tar", "tar"],
  ["a layout", { "oci-layout": "{}", "index.json": "{}" }, "oci-archive", "docker-archive"],
  [
    "what docker save writes",
    { "manifest.json": LIST, [`${HEX}.json`]: "", [`${HEX}/layer.tar`]: "" },
    "docker-archive",
    "docker-archive",
  ],
  [
    "what newer ones write",
    { "manifest.json": LIST, "oci-layout": "{}", "index.json": "{}", [`blobs/sha256/${HEX}`]: "" },
    "oci-archive",
    "docker-archive",
  ],
  ["a list and programs", { "manifest.json": LIST, "usr/bin/true": "" }, "tar", "tar"],
  ["another list", { "manifest.json": '{"name":"x"}' }, "tar", "docker-archive"],
];

for (const [what, files, plain, packed] of ARCHIVES) {
  test(`archiveKind() of ${what} is ${plain}`, () =>
    withFolder((folder) => {
      const tree = join(folder, "tree");
      mkdirSync(tree);
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, name)), { recursive: true });
        writeFileSync(join(tree, name), content);
      }
      const archive = join(folder, "archive.tar");
      must("tar", "-C", tree, "-cf", archive, ".");
      assert.is(archiveKind(archive), plain);
      must("gzip", archive);
      assert.is(archiveKind(`${archive}.gz`), packed);
    }));
}

test.run();
