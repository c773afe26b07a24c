import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FormatKind } from "../../../lib/convert/formats/format.ts";
import { inspectOutput, produce } from "../../../lib/convert/output.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";

function makeImage(path: string): void {
  for (const name of ["bin", "dev", "proc", "sys"])
    mkdirSync(join(path, name), { recursive: true });
  writeFileSync(join(path, "old"), "");
}

async function refusal(name: string, kind: FormatKind, clobber = true): Promise<string> {
  const error = await rejection(inspectOutput(name, { kind, clobber }));
  return error instanceof Error ? error.message : String(error);
}

test("inspectOutput() of nothing may be anything", () =>
  withFolder(async (folder) => {
    const name = join(folder, "new/");
    const output = await inspectOutput(name, { kind: "dir", clobber: false });
    assert.equal(output, { name, path: join(folder, "new"), replaces: "nothing" });
  }));

test("inspectOutput() follows symlinks", () =>
  withFolder(async (folder) => {
    writeFileSync(join(folder, "real.tar"), "");
    symlinkSync("real.tar", join(folder, "link.tar"));
    const output = await inspectOutput(join(folder, "link.tar"), { kind: "tar", clobber: true });
    assert.is(output.path, join(folder, "real.tar"));
    assert.is(output.replaces, "file");
  }));

test("inspectOutput() says what is in the way", () =>
  withFolder(async (folder) => {
    const [file, directory, image] = ["f", "d", "i"].map((name) => join(folder, name));
    if (!file || !directory || !image) throw new RangeError("three names");
    writeFileSync(file, "");
    mkdirSync(directory);
    makeImage(image);
    const notImage = "exists but does not appear to be an image";
    assert.is(await refusal(file, "dir"), `${file} ${notImage}`);
    assert.is(await refusal(directory, "dir"), `${directory} ${notImage}`);
    assert.match(await refusal(directory, "tar"), "exists and is not a regular file");
    assert.match(await refusal("/dev/null", "squash"), "exists and is not a regular file");
    assert.match(await refusal(file, "tar", false), "it exists");
    assert.match(await refusal(image, "dir", false), "it exists");
    assert.match(await refusal(join(folder, "no/such"), "dir"), "No such file or directory");
  }));

test("produce() puts a file in the place of another", () =>
  withFolder(async (folder) => {
    const name = join(folder, "x.tar");
    writeFileSync(name, "old");
    const output = await inspectOutput(name, { kind: "tar", clobber: true });
    await produce(output, async (path) => {
      writeFileSync(path, "new");
      assert.is(readFileSync(name, "utf8"), "old", "untouched while the new one grows");
    });
    assert.is(readFileSync(name, "utf8"), "new");
    assert.equal(readdirSync(folder), ["x.tar"]);
  }));

test("produce() puts a directory in the place of an image, whatever their modes", () =>
  withFolder(async (folder) => {
    const name = join(folder, "img");
    makeImage(name);
    chmodSync(name, 0o555);
    const output = await inspectOutput(name, { kind: "dir", clobber: true });
    await produce(output, async (path) => {
      mkdirSync(path);
      writeFileSync(join(path, "new"), "");
      chmodSync(path, 0o511);
    });
    assert.equal(readdirSync(name), ["new"]);
    assert.is(statSync(name).mode & 0o777, 0o511);
    assert.equal(readdirSync(folder), ["img"]);
  }));

test("produce() that fails leaves everything as it was", () =>
  withFolder(async (folder) => {
    const name = join(folder, "img");
    makeImage(name);
    const output = await inspectOutput(name, { kind: "dir", clobber: true });
    const failing = produce(output, async (path) => {
      mkdirSync(path);
      throw new Error("half way");
    });
    assert.match(String(await rejection(failing)), "half way");
    assert.ok(existsSync(join(name, "old")));
    assert.equal(readdirSync(folder), ["img"]);
  }));

test.run();
