import { totalmem } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { queueMemory } from "../../../lib/host/squash-memory.ts";

const KIBIBYTE = 1024;

for (const [blockSize, mebibytes] of [
  [4 * KIBIBYTE, 64],
  [128 * KIBIBYTE, 256],
  [1024 * KIBIBYTE, 2048],
] as const) {
  test(`queueMemory() is ${mebibytes} MiB for blocks of ${blockSize}, if the host has enough`, () => {
    const quarter = Math.floor(totalmem() / 4 / KIBIBYTE ** 2);
    assert.is(queueMemory(blockSize), `${Math.min(mebibytes, quarter)}M`);
  });
}

test.run();
