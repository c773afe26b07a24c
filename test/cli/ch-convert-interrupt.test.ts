/**
 * ch-convert, told to end half way, or killed at random moments: no half image, no temporary file, no
 * process is left. $CH_TEST_ROUNDS says how often it is killed.
 */
import { type Dirent, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Launched, launchAny } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeBigImage, makeImage, makeNoise, makeSquash, makeTar } from "../helpers/image.ts";
import { makeLayout } from "../helpers/layout.ts";
import { processesWith, untilNobody } from "../helpers/processes.ts";
import { end, installed, must, type Outcome, run, start, succeed } from "../helpers/program.ts";
import { pause, randomNumbers, rounds } from "../helpers/random.ts";
import { assertDone } from "../helpers/refusal.ts";
import { sha256 } from "../helpers/registry-content.ts";
import { snapshot } from "../helpers/tree.ts";

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

/** One of every kind of output, by as many ways as there are. */
const CONVERSIONS: readonly (readonly [string, string])[] = [
  ["image", "out.sqfs"],
  ["a.tar", "out.sqfs"],
  ["layout", "out.sqfs"],
  ["image", "out.tar.gz"],
  ["a.sqfs", "out.tar.gz"],
  ["a.tar", "out/"],
  ["layout", "out/"],
  ["image", "oci:out.oci"],
  ["layout", "oci-archive:out.oci.tar"],
  ["image", "docker-archive:out.docker.tar"],
  ["a.tar", "ch-image:out"],
];

const KILLS = rounds < 50 ? 2 * rounds : 4 * rounds;

/** Small ones, of times that all formats know. */
function makeSmallInputs(folder: string): void {
  const image = makeBigImage(join(folder, "image"));
  const layout = makeLayout(folder, "layout");
  for (const tree of [image, layout.path]) {
    must("sh", "-c", 'find "$1" -exec touch -hd @1000000000 {} +', "sh", tree);
  }
  makeTar(image, join(folder, "a.tar"));
  makeSquash(image, join(folder, "a.sqfs"));
}

function remove(folder: string, output: string): void {
  if (output.startsWith("ch-image:"))
    succeed("ch-image", "delete", "--now", `--storage=${folder}/storage`, "out");
  else rmSync(pathOf(folder, output), { recursive: true });
}

function pathOf(folder: string, output: string): string {
  return join(folder, output.replace(/^[\w-]+:/, ""));
}

function startConversion(folder: string, [input, output]: readonly [string, string]): Launched {
  const args = [`--tmp=${folder}`, input, output];
  const env = { SOURCE_DATE_EPOCH: "1000000000", CH_IMAGE_STORAGE: join(folder, "storage") };
  return launchAny(installed("ch-convert"), args, { cwd: folder, env });
}

/** What is there now, the same for the same image; undefined: nothing. */
function resultOf(folder: string, output: string): string | undefined {
  if (output.startsWith("ch-image:")) return storedImage(folder);
  const path = pathOf(folder, output);
  if (!existsSync(path)) return undefined;
  if (statSync(path).isFile()) return sha256(readFileSync(path));
  // Some are as old as the conversion.
  return snapshot(path)
    .map((line) => line.replace(/ (\w+ [0-7]+) \d+ /, " $1 "))
    .join("\n");
}

/** It is whole if it is listed. */
function storedImage(folder: string): string | undefined {
  const env = { CH_IMAGE_STORAGE: join(folder, "storage") };
  if (assertDone(run("ch-image", ["list"], { env })) === "") return undefined;
  assert.is(assertDone(run("ch-image", ["check"], { env })), "1 images are whole\n");
  return JSON.parse(assertDone(run("ch-image", ["inspect", "out"], { env }))).digest;
}

/** What a conversion makes when it is left alone, and in what time. */
interface Known {
  readonly conversion: readonly [string, string];
  readonly result: string | undefined;
  readonly duration: number;
}

async function convertAll(folder: string): Promise<Known[]> {
  const known: Known[] = [];
  for (const conversion of CONVERSIONS) {
    const start = performance.now();
    assertQuiet(await startConversion(folder, conversion).ended);
    const duration = performance.now() - start;
    known.push({ conversion, result: resultOf(folder, conversion[1]), duration });
  }
  return known;
}

function assertQuiet({ status, stderr }: Outcome): void {
  assert.equal([status, stderr], [0, ""]);
}

test("ch-convert killed at any moment leaves the old output or the new one", () =>
  withFolder(async (folder) => {
    makeSmallInputs(folder);
    const known = await convertAll(folder);
    const before = readdirSync(folder).sort();
    const random = randomNumbers(22);
    for (let round = 0; round < KILLS; round++) {
      const chosen = known[Math.floor(random() * known.length)];
      if (!chosen) throw new RangeError("nothing to convert");
      const { conversion, result, duration } = chosen;
      const [, output] = conversion;
      if (random() < 0.5) remove(folder, output);
      const old = resultOf(folder, output);
      const { child, ended } = startConversion(folder, conversion);
      pause(random() * duration);
      child.kill("SIGKILL");
      await ended;
      assert.ok([old, result].includes(resultOf(folder, output)), `${conversion}: all or nothing`);
      await untilNobody(folder);
      assertQuiet(await startConversion(folder, conversion).ended);
      assert.is(resultOf(folder, output), result, `${conversion}: the next one works`);
      assert.equal(readdirSync(folder).sort(), before, `${conversion}: nothing else is left`);
    }
  }));

test.run();
