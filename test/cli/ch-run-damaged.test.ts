/**
 * SquashFS images that are damaged or cut short. What the superblock gives away is
 * found before anything is changed: status 31. What only the server finds is its failure to start:
 * status 84. Nothing is left of either.
 */
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import { chRun } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { untilNobody } from "../helpers/processes.ts";
import { assertRefused } from "../helpers/refusal.ts";
import { squashImage, squashWay } from "../helpers/root-image.ts";
import { testIf } from "../helpers/test-if.ts";

const testSquash = testIf(squashWay !== "impossible", "no SquashFS images here");

/** Offsets in the superblock (Documentation/filesystems/squashfs.rst of Linux). */
const FIELD = {
  inodes: 4,
  blockSize: 12,
  compressor: 20,
  blockLog: 22,
  ids: 26,
  major: 28,
  rootInode: 32,
  bytesUsed: 40,
  idTable: 48,
  inodeTable: 64,
  directoryTable: 72,
  fragmentTable: 80,
} as const;

/** A copy of the image to be damaged. */
function withCopy(body: (image: string) => unknown): Promise<void> {
  return withFolder(async (folder) => {
    const image = join(folder, "image.sqfs");
    copyFileSync(squashImage(), image);
    await body(image);
  });
}

function overwrite(image: string, offset: number, bytes: readonly number[] | Buffer): void {
  const fd = openSync(image, "r+");
  writeSync(fd, Buffer.from(bytes), 0, bytes.length, offset);
  closeSync(fd);
}

const FIELDS: readonly (readonly [keyof typeof FIELD, number[], RegExp])[] = [
  ["inodes", [0, 0, 0, 0], /: corrupt SquashFS image: bad number of inodes 0x0$/],
  ["blockSize", [1, 0, 0, 0], /: corrupt SquashFS image: bad block size 0x1$/],
  ["compressor", [99], /: corrupt SquashFS image: bad compressor 0x63$/],
  ["blockLog", [3], /: corrupt SquashFS image: bad block log 0x3$/],
  ["ids", [0, 0], /: corrupt SquashFS image: bad number of ids 0x0$/],
  ["major", [3], /: SquashFS version 3\.0 is not supported, only 4\.0$/],
  ["rootInode", [255, 255], /: corrupt SquashFS image: bad root inode /],
  ["bytesUsed", [0, 0, 0, 0, 0, 0, 0, 1], /: truncated SquashFS image: \d+ of \d+ bytes$/],
  ["idTable", [0, 0, 0, 0, 0, 0, 0, 1], /: corrupt SquashFS image: bad id table /],
  ["inodeTable", [0, 0, 0, 0, 0, 0, 0, 0], /: corrupt SquashFS image: bad inode table 0x0$/],
  ["directoryTable", [0, 0, 0, 0, 0, 0, 0, 1], /: bad directory table /],
  ["fragmentTable", [0, 0, 0, 0, 0, 0, 0, 1], /: bad fragment table /],
];

for (const [field, bytes, error] of FIELDS) {
  testSquash(`ch-run refuses a SquashFS image with a bad superblock: ${field}`, () =>
    withCopy((image) => {
      overwrite(image, FIELD[field], bytes);
      assertRefused(chRun([image, "--", "true"]), 31, error);
    }),
  );
}

for (const [part, length] of [
  ["half of it", (size: number) => Math.floor(size / 2)],
  ["all but its last block", (size: number) => size - 4096],
  ["its superblock", () => 96],
  ["less than its superblock", () => 95],
  ["its magic number", () => 4],
] as const) {
  testSquash(`ch-run refuses a SquashFS image of which there is ${part}`, () =>
    withCopy((image) => {
      truncateSync(image, length(statSync(image).size));
      assertRefused(chRun([image, "--", "true"]), 31, /: truncated SquashFS image: /);
    }),
  );
}

const GARBAGE = Buffer.alloc(100, 0xa5);

/** Where in the image a number of the superblock points. */
function pointer(image: string, field: keyof typeof FIELD): number {
  return Number(readFileSync(image).readBigUInt64LE(FIELD[field]));
}

/** Damage that the superblock does not show. */
const HIDDEN: readonly (readonly [string, (image: string) => void])[] = [
  [
    "the inode of its root",
    (image) => {
      const block = Math.floor(pointer(image, "rootInode") / 0x10000);
      overwrite(image, pointer(image, "inodeTable") + block, GARBAGE);
    },
  ],
  ["its directories", (image) => overwrite(image, pointer(image, "directoryTable"), GARBAGE)],
  [
    "all but the superblock",
    (image) => overwrite(image, 96, Buffer.alloc(statSync(image).size - 96)),
  ],
  ["its compressor", (image) => overwrite(image, FIELD.compressor, [2])],
];

for (const [part, damage] of HIDDEN) {
  testSquash(`ch-run says so when a SquashFS image is damaged: ${part}`, () =>
    withCopy(async (image) => {
      damage(image);
      const outcome = chRun(["-q", image, "--", "true"]);
      assertRefused(outcome, squashWay === "mounted" ? 84 : 31, /^error: cannot (mount|unpack) /);
      await untilNobody(image);
    }),
  );
}

test.run();
