/** Results on standard output, when who reads it is slow, gone or a disk that is full. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatRecord } from "../../lib/store/record.ts";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { installed, runAny } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";

/** More than a pipe holds. */
const IMAGES = 2000;
const LONG = "a".repeat(60);

function writeRecords(folder: string): readonly string[] {
  const names = Array.from({ length: IMAGES }, (_, number) => `${LONG}-${1000 + number}`);
  mkdirSync(join(folder, "storage", "img"), { recursive: true });
  for (const name of names) {
    const record = formatRecord({
      name: `${name}:latest`,
      source: "from/somewhere",
      sourceDigest: "",
      digest: `sha256:${"0".repeat(64)}`,
      config: `sha256:${"0".repeat(64)}`,
      platform: "linux/amd64",
      size: 1,
      added: "2026-01-01T00:00:00.000Z",
      layers: ["1"],
    });
    writeFileSync(join(folder, "storage", "img", `${name}%latest`), record);
  }
  return names;
}

/** sh runs it, with the program in $0 and its storage in $1. */
function inShell(folder: string, script: string): ReturnType<typeof runAny> {
  return runAny("sh", ["-c", script, installed("ch-image"), join(folder, "storage")]);
}

test("a pipe that somebody made non-blocking gets all of it, however slow its reader", () =>
  withFolder((folder) => {
    assertDone(chImage(folder, "gc"));
    const names = writeRecords(folder);
    const script =
      "{ perl -MFcntl -e 'fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die $!'; " +
      '"$0" --storage="$1" list; echo $? >"$1.status"; } | { sleep 0.5; cat; }';
    const lines = assertDone(inShell(folder, script)).trim().split("\n");
    assert.equal(
      lines,
      names.map((name) => `${name}:latest`),
    );
    assert.is(readFileSync(join(folder, "storage.status"), "utf8"), "0\n");
  }));

test("a reader that has enough ends it without a word", () =>
  withFolder((folder) => {
    assertDone(chImage(folder, "gc"));
    writeRecords(folder);
    const script = '{ "$0" --storage="$1" list; echo $? >"$1.status"; } | head -n 1';
    const { stdout, stderr } = inShell(folder, script);
    assert.equal([stdout, stderr], [`${LONG}-1000:latest\n`, ""]);
    assert.is(readFileSync(join(folder, "storage.status"), "utf8"), "1\n");
  }));

test("a full disk is an error", () => {
  const { status, stderr } = runAny("sh", [
    "-c",
    '"$0" --version >/dev/full',
    installed("ch-image"),
  ]);
  assert.is(status, 1);
  assert.match(stderr, "cannot write standard output: No space left on device");
});

test.run();
