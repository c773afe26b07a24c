/** Imports go one way; design.md, section 2. */
import { dirname, join } from "node:path/posix";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSource, sourceFiles } from "./sources.ts";

// From the top down. A file imports from its own layer's folder or from a lower layer.
const LAYERS: readonly (readonly string[])[] = [
  ["bin"],
  ["lib/cli"],
  ["lib/build", "lib/convert"],
  ["lib/store"],
  ["lib/host"],
  ["lib/oci", "lib/dockerfile", "lib/native"],
  ["lib/base"],
];

/** For each folder of C, the folders whose headers it may include. */
const INCLUDES: Readonly<Record<string, readonly string[]>> = {
  "src-native/core": ["core"],
  "src-native/squashfs": ["squashfs", "core"],
  "src-native/run": ["run", "squashfs", "core"],
  "src-native/checkns": ["checkns", "run", "core"],
  "src-native/addon": ["addon", "squashfs", "core"],
};

/** Packages, and Node's own modules, that have one place; everybody else goes through it. */
const RESERVED: Readonly<Record<string, RegExp>> = {
  meow: /^lib\/cli\//,
  "node:child_process": /^lib\/base\/process\.ts$/,
  "node:http": /^lib\/oci\/registry\//,
  "node:https": /^lib\/oci\/registry\//,
  "node:module": /^lib\/native\//,
};

function importsOf(path: string): readonly string[] {
  return importedBy(readSource(path));
}

/** Types left out: they are nothing at run time, and so break no rule about who does what. */
function valueImportsOf(path: string): readonly string[] {
  return importedBy(readSource(path).replace(/^import type [^;]*;/gm, ""));
}

function importedBy(code: string): readonly string[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;
  return [...code.matchAll(pattern)].map(([, target = ""]) => target);
}

function ownImportsOf(path: string): readonly string[] {
  return importsOf(path).filter((target) => target.startsWith("."));
}

function layerOf(path: string): number {
  return LAYERS.findIndex((folders) => folders.some((folder) => path.startsWith(`${folder}/`)));
}

/** What is wrong with an import of our own, or nothing. */
function faultOf(path: string, target: string): string | undefined {
  const imported = join(dirname(path), target);
  if (!imported.endsWith(".ts")) return "is not a .ts file";
  if (layerOf(imported) === -1) return "is in no layer";
  if (layerOf(imported) > layerOf(path)) return undefined;
  return folderOf(imported) === folderOf(path) ? undefined : "is not in a lower layer";
}

function folderOf(path: string): string {
  return path
    .split("/")
    .slice(0, path.startsWith("lib/") ? 2 : 1)
    .join("/");
}

test("TypeScript imports go from higher layers to lower ones", () => {
  const files = ["bin", "lib"].flatMap((folder) => sourceFiles(folder, [".ts"]));
  const wrong = files.flatMap((path) =>
    ownImportsOf(path).flatMap((target) => {
      const fault = faultOf(path, target);
      return fault ? [`${path}: "${target}" ${fault}`] : [];
    }),
  );
  assert.equal(wrong, []);
  assert.ok(files.length > 0);
});

test("packages that have one place are imported there only", () => {
  const wrong = ["bin", "lib"]
    .flatMap((folder) => sourceFiles(folder, [".ts"]))
    .filter((path) =>
      valueImportsOf(path).some((target) => RESERVED[target]?.test(path) === false),
    );
  assert.equal(wrong, []);
});

test("every folder of lib is in a layer", () => {
  const stray = sourceFiles("lib", [".ts"]).filter((path) => layerOf(path) === -1);
  assert.equal(stray, []);
});

test("TypeScript files do not import each other in circles", () => {
  const graph = new Map(
    sourceFiles("lib", [".ts"]).map((path) => [
      path,
      ownImportsOf(path).map((target) => join(dirname(path), target)),
    ]),
  );
  // Taking away what imports nothing that is left must leave nothing.
  for (let before = -1; before !== graph.size; ) {
    before = graph.size;
    for (const [path, targets] of graph) {
      if (!targets.some((target) => graph.has(target))) graph.delete(path);
    }
  }
  assert.equal([...graph.keys()], []);
});

test("front ends in bin are at most 15 lines", () => {
  const long = sourceFiles("bin", [".ts"]).filter((p) => readSource(p).split("\n").length > 16);
  assert.equal(long, []);
});

test("C includes go from higher folders to lower ones", () => {
  const wrong = Object.entries(INCLUDES).flatMap(([folder, allowed]) =>
    sourceFiles(folder, [".c", ".h", ".cc"]).flatMap((path) =>
      [...readSource(path).matchAll(/^#include "(\.\.|\w+)\/[^"]+"/gm)]
        .filter(([, target = ""]) => !allowed.includes(target))
        .map(([line]) => `${path}: ${line}`),
    ),
  );
  assert.equal(wrong, []);
});

// It takes in headers of squashfuse, whose own config.h has other answers to the same questions.
const WITHOUT_CONFIG = ["src-native/squashfs/squashfuse.c"];

test('every C file includes "config.h" first', () => {
  const files = sourceFiles("src-native", [".c"]).filter((path) => !WITHOUT_CONFIG.includes(path));
  const wrong = files.filter(
    (path) => /^#include (.*)$/m.exec(readSource(path))?.[1] !== '"config.h"',
  );
  assert.equal(wrong, []);
});

test.run();
