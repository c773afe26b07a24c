/** ch-convert, told to end half way: no half image, no temporary file, no process is left. */
import { type Dirent, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise, makeSquash, makeTar } from "../helpers/image.ts";
import { processesWith, untilNobody } from "../helpers/processes.ts";
import { end, start, succeed } from "../helpers/program.ts";

const PATIENCE_MS = 10_000;

/** Conversions that take long enough to be caught at it. */
const LONG: readonly (readonly string[])[] = [
  ["--compress=xz", "-j1", "image", "out.sqfs"],
  ["--compress=xz", "-j1", "a.tar", "out.sqfs"],
  ["image", "out.tar.xz"],
  ["a.tar", "out/"],
  ["a.sqfs", "out/"],
  ["a.sqfs", "out.tar.xz"],
];

/** Make all inputs, small enough to be made often, large enough to be caught. */
function makeInputs(folder: string): void {
  const image = makeImage(join(folder, "image"));
  makeNoise(join(image, "noise"), 64);
  makeTar(image, join(folder, "a.tar"));
  makeSquash(image, join(folder, "a.sqfs"));
}

function temporaries(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(".charliecloud."));
}

/** Until something is being written in a temporary folder. */
async function untilBusy(folder: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(1)) {
    if (temporaries(folder).some((name) => isBusy(join(folder, name)))) return;
  }
  throw new Error("the conversion has not begun to write");
}

function isBusy(folder: string): boolean {
  try {
    const entries: Dirent[] = readdirSync(folder, { withFileTypes: true });
    return entries.length > 0;
  } catch {
    return false;
  }
}

for (const args of LONG) {
  test(`ch-convert ${args.join(" ")} ends in order by SIGINT, SIGTERM, SIGHUP and SIGKILL`, () =>
    withFolder(async (folder) => {
      makeInputs(folder);
      const before = readdirSync(folder);
      const words = args.map((word) => (word.startsWith("-") ? word : join(folder, word)));
      const output = join(folder, args.at(-1) ?? "");
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
        const child = start("ch-convert", [`--tmp=${folder}`, ...words]);
        const ended = end(child);
        await untilBusy(folder);
        child.kill(signal);
        assert.equal(await ended, { status: null, signal });
        assert.not(existsSync(output), `${signal}: no partial output`);
        if (signal !== "SIGKILL") {
          assert.equal(readdirSync(folder), before, `${signal}: nothing is left`);
          assert.equal(processesWith(folder), [], `${signal}: nobody is left`);
        }
      }
      // What SIGKILL leaves, the next run takes away.
      await untilNobody(folder);
      assert.is.not(temporaries(folder).length, 0);
      succeed("ch-convert", join(folder, "image"), join(folder, "next.tar"));
      assert.equal(readdirSync(folder).sort(), [...before, "next.tar"].sort());
    }));
}

test.run();
