import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ClaimPart, withKeptParts } from "../../../lib/host/kept-parts.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";
import { testIf } from "../../helpers/test-if.ts";

const HEX = "0123456789abcdef".repeat(4);
const DIGEST = `sha256:${HEX}`;
const OTHER = `sha256:${"f".repeat(64)}`;
const FOLDER = `.charliecloud.parts.${process.geteuid?.()}`;

function claimed(claim: ClaimPart, digest = DIGEST): string {
  const path = claim(digest);
  if (path === undefined) throw new Error("the part cannot be had");
  return path;
}

/** Fail after so much of a blob. */
async function leave(parent: string, content: string, error = new Error("cut")): Promise<void> {
  const failing = withKeptParts(parent, async (claim) => {
    claimed(claim, OTHER);
    appendFileSync(claimed(claim), content);
    throw error;
  });
  assert.is(await rejection(failing), error);
}

test("withKeptParts() keeps what a failure has left, until somebody needs it no more", () =>
  withFolder(async (parent) => {
    await leave(parent, "begun, ");
    assert.equal(readdirSync(join(parent, FOLDER)), [HEX]);
    const found = await withKeptParts(parent, async (claim) => {
      const path = claimed(claim);
      appendFileSync(path, "and ended");
      return readFileSync(path, "utf8");
    });
    assert.is(found, "begun, and ended");
    assert.equal(readdirSync(parent), []);
  }));

test("withKeptParts() keeps nothing where there is no room", () =>
  withFolder(async (parent) => {
    await leave(parent, "begun", Object.assign(new Error("full"), { code: "ENOSPC" }));
    assert.equal(readdirSync(parent), []);
  }));

test("withKeptParts() gives a part to one at a time, and takes it from nobody", () =>
  withFolder(async (parent) => {
    await withKeptParts(parent, async (claim) => {
      const path = claimed(claim);
      writeFileSync(path, "mine");
      await withKeptParts(parent, async (another) => {
        assert.is(another(DIGEST), undefined);
        claimed(another, OTHER);
      });
      assert.equal(readdirSync(join(parent, FOLDER)), [HEX]);
      assert.is(readFileSync(path, "utf8"), "mine");
    });
    assert.equal(readdirSync(parent), []);
  }));

test("withKeptParts() removes parts of yesterday, unless they are in use", () =>
  withFolder(async (parent) => {
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    await withKeptParts(parent, async (claim) => {
      const path = claimed(claim);
      const [old, recent] = ["a", "b"].map((digit) => join(parent, FOLDER, digit.repeat(64)));
      for (const file of [path, old, recent]) writeFileSync(file ?? "", "x");
      for (const file of [path, old]) utimesSync(file ?? "", yesterday, yesterday);
      await withKeptParts(parent, async () => {
        assert.equal(
          [path, old, recent].map((file) => existsSync(file ?? "")),
          [true, false, true],
        );
      });
    });
    assert.equal(readdirSync(join(parent, FOLDER)), ["b".repeat(64)]);
  }));

/** What somebody else may have put there. */
const PLANTED: Readonly<Record<string, (folder: string, parent: string) => void>> = {
  "a folder that others can write to": (folder) => {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
  },
  "a symlink": (folder, parent) => {
    mkdirSync(join(parent, "elsewhere"), { mode: 0o700 });
    symlinkSync("elsewhere", folder);
  },
  "a file": (folder) => writeFileSync(folder, ""),
};

async function assertUnused(parent: string): Promise<void> {
  const before = readdirSync(parent, { recursive: true });
  const found = await withKeptParts(parent, async (claim) => claim(DIGEST));
  assert.is(found, undefined);
  assert.equal(readdirSync(parent, { recursive: true }), before);
}

for (const [what, plant] of Object.entries(PLANTED)) {
  test(`withKeptParts() uses no ${what.replace(/^a /, "")}`, () =>
    withFolder(async (parent) => {
      plant(join(parent, FOLDER), parent);
      await assertUnused(parent);
    }));
}

testIf(process.geteuid?.() === 0, "not root")("withKeptParts() uses no other user's folder", () =>
  withFolder(async (parent) => {
    mkdirSync(join(parent, FOLDER), { mode: 0o700 });
    chownSync(join(parent, FOLDER), 12345, 12345);
    await assertUnused(parent);
  }),
);

test("withKeptParts() follows no symlink of a part's name", () =>
  withFolder(async (parent) => {
    await leave(parent, "begun");
    writeFileSync(join(parent, "precious"), "kept");
    symlinkSync("../precious", join(parent, FOLDER, "e".repeat(64)));
    const found = await withKeptParts(parent, async (claim) => claim(`sha256:${"e".repeat(64)}`));
    assert.is(found, undefined);
    assert.is(readFileSync(join(parent, "precious"), "utf8"), "kept");
  }));

test.run();
