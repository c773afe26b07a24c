import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ImageTree } from "../../../../lib/convert/startup/inside.ts";
import { interpretersOf, startupFiles } from "../../../../lib/convert/startup/startup.ts";
import { makeElf } from "../../../helpers/elf.ts";
import { withFolder } from "../../../helpers/folder.ts";

const LOADER = "/lib64/ld-test.so.1";

type Files = Readonly<Record<string, Buffer | string>>;

/** A test with the start-up files of a tree; a text that begins with -> is a symlink. */
function withFiles(files: Files, test: (found: string[]) => void): Promise<void> {
  return withFolder((folder) => {
    for (const [path, content] of Object.entries(files)) {
      const full = join(folder, path);
      mkdirSync(dirname(full), { recursive: true });
      const target = typeof content === "string" ? /^->(.*)/.exec(content)?.[1] : undefined;
      if (target !== undefined) symlinkSync(target, full);
      else writeFileSync(full, content);
    }
    test(startupFiles(new ImageTree(folder)));
  });
}

test("startupFiles() follows programs to their loader and libraries, and these to theirs", () =>
  withFiles(
    {
      "usr/bin/dash": makeElf({ interpreter: LOADER, needed: ["libc.so.6"] }),
      "bin/sh": "->/usr/bin/dash",
      "lib64/ld-test.so.1": "->../lib/ld-2.so",
      "lib/ld-2.so": makeElf({}),
      "lib/libc.so.6": makeElf({ needed: ["libdeep.so"] }),
      "lib/libdeep.so": makeElf({ needed: ["libc.so.6"] }),
      "lib/libunused.so": makeElf({}),
      "usr/bin/other": makeElf({}),
    },
    (found) =>
      assert.equal(found, ["usr/bin/dash", "lib/ld-2.so", "lib/libc.so.6", "lib/libdeep.so"]),
  ));

test("startupFiles() looks where /etc/ld.so.conf, its includes and a RUNPATH say", () =>
  withFiles(
    {
      "bin/sh": makeElf({ needed: ["liba.so", "libb.so"], runpath: "$ORIGIN/../own" }),
      "etc/ld.so.conf": "include ld.so.conf.d/*.conf # all\n",
      "etc/ld.so.conf.d/a.conf": "/opt/a\n",
      "etc/ld.so.conf.d/a.txt": "/wrong\n",
      "wrong/liba.so": makeElf({}),
      "opt/a/liba.so": makeElf({}),
      "own/libb.so": makeElf({}),
      "opt/a/libb.so": makeElf({}),
    },
    (found) => assert.equal(found, ["bin/sh", "opt/a/liba.so", "own/libb.so"]),
  ));

test("startupFiles() passes over libraries for another machine", () =>
  withFiles(
    {
      "bin/sh": makeElf({ needed: ["liba.so"] }),
      "lib64/liba.so": makeElf({ width: 4 }),
      "usr/lib/liba.so": makeElf({}),
    },
    (found) => assert.equal(found, ["bin/sh", "usr/lib/liba.so"]),
  ));

test("startupFiles() follows the first line of scripts, through env, too", () =>
  withFiles(
    {
      "usr/local/bin/python": "#!/usr/bin/env -S pypy -u\n",
      "usr/bin/env": makeElf({}),
      "opt/pypy": makeElf({}),
      "usr/bin/pypy": "->/opt/pypy",
    },
    (found) => assert.equal(found, ["usr/bin/env", "usr/local/bin/python", "opt/pypy"]),
  ));

test("startupFiles() finds the C library's own files, and nothing in an empty tree", async () => {
  const cache = { "etc/ld.so.cache": "x" };
  await withFiles(cache, (found) => assert.equal(found, ["etc/ld.so.cache"]));
  await withFiles({}, (found) => assert.equal(found, []));
});

const CONFIGS: readonly (readonly [string, unknown, readonly string[]])[] = [
  ["Entrypoint", { Entrypoint: ["tool"] }, ["usr/bin/tool"]],
  ["Cmd", { Entrypoint: null, Cmd: ["/app/run.py", "-x"] }, ["app/run.py", "bin/sh"]],
  [
    "a path in WorkingDir",
    { WorkingDir: "/app", Entrypoint: ["tool"], Cmd: ["./run.py"] },
    ["usr/bin/tool", "app/run.py", "bin/sh"],
  ],
  ["what is not there", { Entrypoint: ["none", "/none", "a/b"] }, []],
  ["what is no list", { Entrypoint: "tool", Cmd: [1] }, []],
  ["no object", [], []],
];

for (const [title, config, expected] of CONFIGS) {
  test(`startupFiles() begins with what the image's configuration says: ${title}`, () =>
    withFiles(
      {
        "ch/metadata.json": JSON.stringify({ config }),
        "usr/bin/tool": makeElf({}),
        "app/run.py": "#!/bin/sh\n",
        "bin/sh": makeElf({}),
      },
      (found) => assert.equal(found, [...new Set([...expected, "bin/sh"])]),
    ));
}

test("startupFiles() does without a configuration that is not JSON", () =>
  withFiles({ "ch/metadata.json": "{", "bin/sh": makeElf({}) }, (found) =>
    assert.equal(found, ["bin/sh"]),
  ));

const FIRST_LINES: readonly (readonly [string, readonly string[]])[] = [
  ["#!/bin/sh\n", ["/bin/sh"]],
  ["#! /bin/sh -e\nexit", ["/bin/sh"]],
  ["#!/usr/bin/env python3\n", ["/usr/bin/env", "python3"]],
  ["#!/usr/bin/env -S A=1 perl -w\n", ["/usr/bin/env", "perl"]],
  ["#!\n", []],
  ["echo\n", []],
];

for (const [text, expected] of FIRST_LINES) {
  test(`interpretersOf() reads ${JSON.stringify(text)}`, () =>
    assert.equal(interpretersOf(Buffer.from(text)), expected));
}

test.run();
