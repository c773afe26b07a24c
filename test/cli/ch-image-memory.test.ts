/**
 * ch-image pull --squash: how much memory it takes does not depend on how large files are, and for
 * ten times as many it needs what is promised for each, no more.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { chImageWith } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { must } from "../helpers/program.ts";
import { rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository, sha256, TYPES } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

/** As ch-image(1) has it. */
const BYTES_A_FILE = 200;
const BASE_KIB = 100 * 1024;
const FEW = rounds < 50 ? 10_000 : 100_000;
const BLOCK = 512;

/** A tar archive of so many files, whose names are as long as those of a real system. */
function archiveOf(files: number, content: Buffer): Buffer {
  const room = Math.ceil(content.length / BLOCK) * BLOCK;
  const archive = Buffer.alloc(files * (BLOCK + room) + 2 * BLOCK);
  for (let file = 0, at = 0; file < files; file++, at += BLOCK + room) {
    header(archive.subarray(at, at + BLOCK), file, content.length);
    content.copy(archive, at + BLOCK);
  }
  return archive;
}

function header(block: Buffer, file: number, size: number): void {
  const folder = `usr/share/package-${Math.floor(file / 100)}`;
  block.write(`${folder}/module-${file}.example.conf`, 0);
  for (const [text, at] of [
    ["0000644\0", 100],
    ["0000000\0", 108],
    ["0000000\0", 116],
    [`${size.toString(8).padStart(11, "0")}\0`, 124],
    ["00000000000\0", 136],
    ["        ", 148],
    ["0ustar\x0000", 156],
  ] as const) {
    block.write(text, at, "latin1");
  }
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
}

/** Put an image of that archive, in one layer. */
async function putFiles(registry: string, name: string, archive: Buffer): Promise<string> {
  const repository = new Repository(registry, `test/${name}`);
  const blob = await repository.putBlob(gzipSync(archive, { level: 1 }), TYPES.layer);
  await repository.putImage([{ blob, diffId: sha256(archive) }], { tag: "latest" });
  return `${registry}/test/${name}`;
}

/** Loaded into ch-image: its own peak, without those of programs that it has started. */
const PROBE = `process.on("exit", () => {
  const { readFileSync, writeFileSync } = require("node:fs");
  const [, peak] = /^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  writeFileSync(process.env.CH_TEST_PEAK, peak);
});
`;

/** The most memory, in KiB, that ch-image has had. */
function peakOf(folder: string, image: string): number {
  const [probe, peak, output] = ["probe.cjs", "peak", "a.sqfs"].map((name) => join(folder, name));
  writeFileSync(probe ?? "", PROBE);
  const variables = { NODE_OPTIONS: `--require=${probe}`, CH_TEST_PEAK: peak ?? "" };
  assertDone(chImageWith(folder, variables, "pull", `--squash=${output}`, image));
  return Number(readFileSync(peak ?? "", "utf8"));
}

/** How many inodes the image has that was made last. */
function inodesIn(folder: string): number {
  const [, inodes] = /^Number of inodes (\d+)$/m.exec(
    must("unsquashfs", "-s", join(folder, "a.sqfs")),
  ) ?? [undefined, "0"];
  return Number(inodes);
}

testIf(HAS_REGISTRY, NO_REGISTRY)(
  `${10 * FEW} files take at most ${BYTES_A_FILE} bytes each more than ${FEW}`,
  () =>
    withFolder(async (folder) => {
      const registry = await startRegistry();
      const nothing = Buffer.alloc(0);
      const few = peakOf(folder, await putFiles(registry, "few", archiveOf(FEW, nothing)));
      const many = peakOf(folder, await putFiles(registry, "many", archiveOf(10 * FEW, nothing)));
      assert.ok(inodesIn(folder) > 10 * FEW);
      const each = ((many - few) * 1024) / (9 * FEW);
      console.log(`# ${few} KiB, ${many} KiB: ${each.toFixed(0)} bytes for each file`);
      assert.ok(each <= BYTES_A_FILE, `${each} bytes for each file`);
      for (const [files, peak] of [
        [FEW, few],
        [10 * FEW, many],
      ] as const) {
        assert.ok(peak <= BASE_KIB + (files * BYTES_A_FILE) / 1024, `${peak} KiB for ${files}`);
      }
    }),
);

testIf(HAS_REGISTRY, NO_REGISTRY)("large files take no more memory than small ones", () =>
  withFolder(async (folder) => {
    const registry = await startRegistry();
    const [small, large] = [Buffer.alloc(100, "x"), Buffer.alloc(16 * 1024 * 1024, "x")];
    const least = peakOf(folder, await putFiles(registry, "small", archiveOf(5, small)));
    const most = peakOf(folder, await putFiles(registry, "large", archiveOf(5, large)));
    console.log(`# ${least} KiB, ${most} KiB`);
    assert.ok(most - least <= 32 * 1024, `${most - least} KiB more`);
  }),
);

runConditional();
