/** ch-image undelete, and how long it can. */
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, folders, isFlat, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const [tree = ""] = makeTrees(join(ownFolder(), "image"));
  await repository.putImage([await putTree(repository, tree)], { tag: "latest" });
  return `${registry}/test/image`;
}

const NAME = HAS_REGISTRY ? await prepare() : "";

/** Do something in a folder whose storage has an image "a" that was deleted. */
function withDeleted(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      assertDone(chImage(folder, "pull", NAME, "a"));
      assert.is(assertDone(chImage(folder, "delete", "a")), "deleted a:latest\n");
      return work(folder);
    });
}

/** As if the image had been deleted so many hours ago. */
function age(folder: string, hours: number): void {
  const time = new Date(Date.now() - hours * 3_600_000);
  utimesSync(join(folder, "storage/deleted/a+latest"), time, time);
}

const UNDONE = 'no image "a:latest" has been deleted lately';

registryTest(
  "ch-image undelete brings a deleted image back, with all it needs",
  withDeleted((folder) => {
    assert.is(assertDone(chImage(folder, "list")), "");
    assert.is(assertDone(chImage(folder, "list", "--undeletable")), "a:latest\n");
    assertDone(chImage(folder, "gc"));
    assert.is(assertDone(chImage(folder, "undelete", "a")), "a:latest is back\n");
    assert.is(assertDone(runStored(folder, "a", "--", "/bin/cat", "/data/b")), "1");
    assert.is(assertDone(chImage(folder, "check")), "1 images are whole\n");
    assert.is(assertDone(chImage(folder, "list", "-u")), "");
  }),
);

registryTest(
  "ch-image gc removes what was deleted a day ago",
  withDeleted((folder) => {
    age(folder, 23);
    assert.match(assertDone(chImage(folder, "gc")), /^removed 0 blobs/);
    age(folder, 25);
    assert.match(assertDone(chImage(folder, "gc")), /^removed 3 blobs/);
    assertRefused(chImage(folder, "undelete", "a"), 1, UNDONE);
  }),
);

registryTest(
  "ch-image gc --now removes whatever was deleted",
  withDeleted((folder) => {
    const { blobs, layers } = JSON.parse(assertDone(chImage(folder, "gc", "--now", "--json")));
    assert.equal([blobs, layers], [3, folders(folder, 1)]);
    assert.equal(readdirSync(join(folder, "storage/deleted")), []);
    assertRefused(chImage(folder, "undelete", "*"), 1, 'no image in storage has a name like "*"');
  }),
);

registryTest(
  "ch-image undelete replaces no other image",
  withDeleted((folder) => {
    assertDone(chImage(folder, "pull", NAME, "a"));
    const error = 'cannot bring back "a:latest": there is another image of that name';
    assertRefused(chImage(folder, "undelete", "a"), 1, error);
    assert.is(assertDone(chImage(folder, "list")), "a:latest\n");
  }),
);

registryTest(
  "ch-image list --undeletable --long and --json say until when",
  withDeleted((folder) => {
    assert.match(assertDone(chImage(folder, "list", "-u", "-l")), /UNTIL\n.*\d\d:\d\d:\d\dZ\n$/);
    const [image] = JSON.parse(assertDone(chImage(folder, "list", "-u", "--json")));
    const hours = (Date.parse(image.until) - Date.now()) / 3_600_000;
    assert.ok(hours > 23 && hours <= 24, `${hours}`);
  }),
);

registryTest("ch-image list --tree shows what lies on what", () =>
  withFolder((folder) => {
    assertDone(chImage(folder, "pull", NAME, "a"));
    assertDone(chImage(folder, "tag", "a", "b"));
    const tree = assertDone(chImage(folder, "list", "--tree"));
    const layered = /^[0-9a-f]{32}\n {2}config-[0-9a-f]{32} {2}a:latest {2}b:latest\n$/;
    assert.match(tree, isFlat(folder) ? /^tree-[0-9a-f]{32} {2}a:latest {2}b:latest\n$/ : layered);
  }),
);

runConditional();
