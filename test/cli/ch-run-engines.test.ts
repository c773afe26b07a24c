/**
 * What the engines make of odd images: both must find what unsquashfs(1) finds. Compared are names,
 * types, modes, times, targets, hard links, user attributes, and all bytes.
 */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { makeDifficult } from "../helpers/difficult.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise } from "../helpers/image.ts";
import { withMountedRoot } from "../helpers/mounted-root.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { must, runAny } from "../helpers/program.ts";
import { isInstalled, squashWay } from "../helpers/root-image.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { snapshot, xattrs } from "../helpers/tree.ts";

// Where user attributes are kept, which not every /var/tmp does.
if (existsSync("/dev/shm")) process.env["CH_TEST_TMP"] ??= "/dev/shm";

const COMPRESSORS = ["gzip", "lz4", "lzo", "xz", "zstd"];
/** Where ch-run puts nothing of the host. */
const FOLDERS = ["contents", "links", "many", "modes", "names", "sizes", "xattrs"];
const SIZES = [1, 511, 4095, 4096, 4097, 65_536, 131_071, 131_072, 131_073, 1_048_577];

const VARIANTS: readonly string[] = [
  ...COMPRESSORS.map((compressor) => `-comp ${compressor}`),
  "-comp gzip -b 4K",
  "-comp lz4 -b 16K",
  "-comp lzo -b 64K",
  "-comp xz -b 1M",
  "-comp zstd -b 1M",
  "-comp zstd -b 4K -always-use-fragments -noF",
  "-noI",
  "-noD",
  "-noF",
  "-noX",
  "-noI -noD -noF -noX -noId",
  "-no-fragments",
  "-no-fragments -noD -b 4K",
  "-always-use-fragments",
  "-no-duplicates -no-sparse",
  "-no-exports",
  "-no-xattrs",
];

const testEngines = testIf(
  squashWay === "mounted" && isInstalled("unsquashfs"),
  "SquashFS images are not mounted here, or there is no unsquashfs",
);

/** Difficult, and with everything that a reader of SquashFS has code of its own for. */
function makeTree(): string {
  const tree = makeDifficult(join(ownFolder(), "tree"));
  makeImage(tree);
  for (const folder of ["many", "sizes"]) mkdirSync(join(tree, folder));
  // A long directory has an index.
  for (let i = 0; i < 1500; i++) writeFileSync(join(tree, "many", `a longer name ${i}`), `${i}`);
  for (const size of SIZES) {
    must("truncate", "-s", String(size), makeNoise(join(tree, "sizes", `noise ${size}`), 2));
    writeFileSync(join(tree, "sizes", `text ${size}`), "text".repeat(size).slice(0, size));
  }
  return tree;
}

let tree: string | undefined;

function pack(image: string, options: string): boolean {
  tree ??= makeTree();
  const args = [tree, image, "-noappend", "-quiet", "-no-progress", ...options.split(" ")];
  return runAny("mksquashfs", args).status === 0;
}

interface Found {
  readonly entries: readonly string[];
  readonly attributes: readonly (string | undefined)[];
}

function describe(root: string): Found {
  return {
    entries: FOLDERS.flatMap((folder) =>
      snapshot(join(root, folder)).map((line) => `${folder}/${line}`),
    ),
    attributes: ["xattrs", "links"].map((folder) => xattrs(join(root, folder))),
  };
}

/** libsquashfuse lists attributes without a value, but cannot read them. */
function withoutEmptyAttributes({ entries, attributes }: Found): Found {
  return {
    entries,
    attributes: attributes.map((text) => text?.replace(/^user\.empty=.*\n/gm, "")),
  };
}

/** The engines that this build has for an image. */
function enginesFor(options: string): readonly string[] {
  const compressor = /-comp (\w+)/.exec(options)?.[1] ?? "gzip";
  const library = process.env["CH_STAGE_LIB"] ?? "";
  const files = [
    ["builtin", `builtin-${compressor}-engine.so`],
    ["squashfuse", "squashfuse-engine.so"],
  ] as const;
  return files
    .filter(([, file]) => statSync(join(library, file), { throwIfNoEntry: false }))
    .map(([engine]) => engine);
}

for (const options of VARIANTS) {
  testEngines(`the engines find what unsquashfs finds in an image made with ${options}`, () =>
    withFolder(async (folder) => {
      const [image, unpacked] = [join(folder, "image.sqfs"), join(folder, "unpacked")];
      if (!pack(image, options)) return console.log(`SKIP mksquashfs cannot do ${options}`);
      // It is a user's umask that changes modes, not ch-run's.
      must("sh", "-c", 'umask 0; exec unsquashfs -no-progress -d "$0" "$1"', unpacked, image);
      const all = describe(unpacked);
      for (const engine of enginesFor(options)) {
        const wanted = engine === "squashfuse" ? withoutEmptyAttributes(all) : all;
        const args = [`--squashfs-engine=${engine}`, "--no-passwd", image];
        await withMountedRoot(args, "contents", (root) => {
          assert.equal(describe(root), wanted, engine);
        });
      }
    }),
  );
}

runConditional();
