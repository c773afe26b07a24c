/** Storage of somebody else: its images can be run, listed and read; it is changed by its owner only. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import type { Usage } from "../../lib/store/usage.ts";
import { asUser, USER } from "../helpers/as-user.ts";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { installed, messages, must, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const IS_ROOT = process.getuid?.() === 0;
const sharedTest = testIf(HAS_REGISTRY && IS_ROOT, IS_ROOT ? NO_REGISTRY : "not root");

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/shared");
  const trees = makeTrees(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  await repository.putImage(layers, { tag: "latest" });
  return `${registry}/test/shared`;
}

const name = HAS_REGISTRY && IS_ROOT ? await prepare() : "";

interface Shared {
  readonly storage: string;
  /** Run a program as another user than whose storage it is. */
  readonly other: (program: string, ...args: readonly string[]) => Outcome;
}

/** Do something with programs for all, and root's storage, which others may read. */
function withShared(work: (shared: Shared) => unknown): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      const prefix = join(folder, "prefix");
      must("cp", "-a", dirname(dirname(installed("ch-run"))), prefix);
      must("mkdir", join(folder, "home"));
      must("chown", String(USER), join(folder, "home"));
      must("chmod", "-R", "go=u,go-w", folder);
      assertDone(chImage(folder, "pull", name, "mine"));
      const storage = join(folder, "storage");
      chmodSync(storage, 0o755);
      const env = ["env", `CH_IMAGE_STORAGE=${storage}`, `HOME=${folder}/home`];
      await work({
        storage,
        other: (program, ...args) => asUser(...env, join(prefix, "bin", program), ...args),
      });
    });
}

sharedTest(
  "an image in somebody else's storage runs, also with a writable overlay",
  withShared(({ other }) => {
    assert.is(assertDone(other("ch-run", "mine", "--", "/bin/sh", "-c", SHOW)), SHOWN);
    const write = "echo new >/new && cat /new";
    assert.is(
      assertDone(other("ch-run", "--write-fake", "mine", "--", "/bin/sh", "-c", write)),
      "new\n",
    );
  }),
);

sharedTest(
  "it is listed, inspected, checked and converted by others",
  withShared(({ other, storage }) => {
    assert.is(assertDone(other("ch-image", "list")), "mine:latest\n");
    assert.is(
      JSON.parse(assertDone(other("ch-image", "inspect", "mine"))).source,
      `${name}:latest`,
    );
    assert.is(assertDone(other("ch-image", "check")), "1 images are whole\n");
    const out = join(dirname(storage), "home/out.tar");
    assertDone(other("ch-convert", "mine", out));
    assert.ok(readFileSync(out).length > 0);
  }),
);

sharedTest(
  "it is pushed by others, and they change nothing of it",
  withShared(({ other, storage }) => {
    const before = readdirSync(storage, { recursive: true }).sort();
    assert.match(assertDone(other("ch-image", "push", "mine", `${name}:again`)), "sha256:");
    assert.equal(readdirSync(storage, { recursive: true }).sort(), before);
  }),
);

sharedTest(
  "what it uses is told to others; what they cannot read is said, and not counted",
  withShared(({ other, storage }) => {
    const usage = (): Pick<Usage, "freeBytes" | "unpacked" | "unread"> =>
      JSON.parse(other("ch-image", "df", "--json").stdout);
    const whole = usage();
    const own = JSON.parse(assertDone(chImage(dirname(storage), "df", "--json")));
    assert.equal(whole, { ...own, freeBytes: whole.freeBytes });
    const layers = readdirSync(join(storage, "layers"));
    for (const layer of layers) chmodSync(join(storage, "layers", layer), 0o700);
    const { unpacked, unread } = usage();
    assert.equal([unpacked.count, whole.unread, unread], [layers.length, 0, layers.length]);
    assert.ok(unpacked.bytes < whole.unpacked.bytes);
    const { status, stderr } = other("ch-image", "df");
    const words = `warning: not counted: what is in ${unread} directories that cannot be read`;
    assert.equal([status, messages(stderr)], [0, [words]]);
  }),
);

/** What is an archive by its beginning only. */
function damagedArchive(folder: string): string {
  const path = join(folder, "damaged.tar.gz");
  writeFileSync(path, gzipSync(Buffer.alloc(4096)).subarray(0, 20));
  return path;
}

sharedTest(
  "nobody but its owner changes it, and that is said",
  withShared(({ other, storage }) => {
    const before = readdirSync(storage, { recursive: true }).sort();
    const error = `cannot use storage directory "${storage}": it belongs to uid 0`;
    for (const command of [
      ["pull", name],
      // Before it is read, which may take its time.
      ["import", damagedArchive(dirname(storage)), "x"],
      ["tag", "mine", "x"],
      ["rename", "mine", "x"],
      ["delete", "mine"],
      ["undelete", "mine"],
      ["gc"],
      ["check", "--repair"],
      ["reset", "--force"],
    ]) {
      assertRefused(other("ch-image", ...command), 1, error);
    }
    const archive = damagedArchive(dirname(storage));
    assertRefused(other("ch-convert", archive, "x"), 1, error);
    assertRefused(other("ch-convert", "--dry-run", archive, "x"), 1, error);
    assert.equal(readdirSync(storage, { recursive: true }).sort(), before);
  }),
);

sharedTest(
  "storage that may not be read is said to be so",
  withShared(({ other, storage }) => {
    chmodSync(storage, 0o700);
    const run = other("ch-run", "mine", "--", "true");
    assertRefused(run, 31, `cannot open storage directory "${storage}": Permission denied`);
    assertRefused(other("ch-image", "list"), 1, /: Permission denied$/);
  }),
);

runConditional();
