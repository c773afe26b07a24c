/** Storage in which something small is damaged, as after a loss of power: all else goes on. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  for (const [index, path] of ["test/image", "test/other"].entries()) {
    const repository = new Repository(registry, path);
    const trees = makeTrees(join(ownFolder(), path)).slice(0, index + 1);
    const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
    await repository.putImage(layers, { tag: "latest" });
  }
  return registry;
}

const registry = HAS_REGISTRY ? await prepare() : "";

/** Do something in a folder whose storage has the images "a" and "b". */
function withImages(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      assertDone(chImage(folder, "pull", `${registry}/test/image`, "a"));
      assertDone(chImage(folder, "pull", `${registry}/test/other`, "b"));
      return work(folder);
    });
}

function damageRecord(folder: string): void {
  writeFileSync(join(folder, "storage/img/a+latest"), "");
}

registryTest(
  "an image whose record is empty does not keep the others from being used",
  withImages((folder) => {
    damageRecord(folder);
    const list = chImage(folder, "list");
    assert.equal([list.status, list.stdout], [0, "b:latest\n"]);
    assert.match(list.stderr, /warning: "a:latest" is damaged: cannot read ".*a\+latest"/);
    assertDone(chImage(folder, "tag", "b", "c"));
    assertDone(chImage(folder, "df"));
    const used = chImage(folder, "inspect", "a");
    assertRefused(used, 1, /^error: cannot read ".*a\+latest": not a record of an image$/);
    assert.match(used.stderr, '"ch-image pull a:latest" fetches it anew');
  }),
);

registryTest(
  "ch-image check names a record that is damaged, pull replaces and delete removes it",
  withImages((folder) => {
    damageRecord(folder);
    const check = chImage(folder, "check");
    assert.match(check.stdout, /^a:latest: cannot read ".*": not a record of an image; /m);
    assert.equal(messages(check.stderr)[0], "error: of 2 images 1 are damaged");
    assertDone(chImage(folder, "pull", `${registry}/test/image`, "a"));
    assertDone(chImage(folder, "check"));
    damageRecord(folder);
    assert.is(assertDone(chImage(folder, "delete", "a")), "deleted a:latest\n");
    assertDone(chImage(folder, "check"));
  }),
);

registryTest(
  "ch-image check finds that index.json is damaged, and repairs it",
  withImages((folder) => {
    const index = join(folder, "storage/index.json");
    const whole = readFileSync(index, "utf8");
    const damages = [() => writeFileSync(index, "garbage"), () => rmSync(index)];
    for (const damage of damages) {
      damage();
      const { status, stderr } = chImage(folder, "check");
      assert.is(status, 1);
      assert.match(stderr, /error: cannot read ".*" as an OCI image layout: no index\.json/);
      assertDone(chImage(folder, "check", "--repair"));
      assert.is(readFileSync(index, "utf8"), whole);
    }
    writeFileSync(index, whole.replace("a:latest", "x:latest"));
    assertDone(chImage(folder, "check", "--repair"));
    assert.is(readFileSync(index, "utf8"), whole);
  }),
);

registryTest("storage without an image is a layout, too", () =>
  withFolder((folder) => {
    assert.is(chImage(folder, "pull", `${registry}/test/nothing`).status, 1);
    const index = readFileSync(join(folder, "storage/index.json"), "utf8");
    assert.equal(JSON.parse(index).manifests, []);
    assertDone(chImage(folder, "check"));
  }),
);

registryTest(
  "ch-image gc takes nothing away that a damaged record may name",
  withImages((folder) => {
    damageRecord(folder);
    assertRefused(chImage(folder, "gc"), 1, /^error: cannot read ".*a\+latest": not a record/);
    const outcome = chImage(folder, "delete", "--now", "b");
    assert.equal([outcome.status, outcome.stdout], [0, "deleted b:latest\n"]);
    assert.match(outcome.stderr, "warning: nothing is freed: cannot read");
  }),
);

registryTest(
  "ch-image push does not need other images to be whole",
  withImages((folder) => {
    const [{ digest }] = JSON.parse(assertDone(chImage(folder, "list", "--json", "a")));
    rmSync(join(folder, "storage/blobs/sha256", digest.replace("sha256:", "")));
    assertDone(chImage(folder, "push", "b", `${registry}/test/pushed`));
  }),
);

runConditional();
