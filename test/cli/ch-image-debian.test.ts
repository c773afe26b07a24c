/** ch-image pull --squash of a real system in six layers: as unpacked and packed, inode by inode. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImageWith } from "../helpers/ch-image.ts";
import { HAS_PACKAGES, NO_PACKAGES } from "../helpers/debian-base.ts";
import { makeDebianLayers } from "../helpers/debian-layers.ts";
import { withFolder } from "../helpers/folder.ts";
import { putArchive } from "../helpers/layer.ts";
import { oldMksquashfs } from "../helpers/old-mksquashfs.ts";
import { must } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";
import { snapshot, xattrs } from "../helpers/tree.ts";

async function putDebian(folder: string): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/debian");
  const layers = [];
  for (const archive of makeDebianLayers(join(folder, "layers"))) {
    layers.push(await putArchive(repository, archive));
  }
  await repository.putImage(layers, { tag: "latest", created: "2024-05-06T07:08:09Z" });
  return `${registry}/test/debian`;
}

interface Listing {
  readonly root: string;
  readonly tree: readonly string[];
  readonly xattrs: string | undefined;
}

/** Every inode of the image that is pulled. */
function pulled(
  folder: string,
  image: string,
  variables: Readonly<Record<string, string>>,
): Listing {
  const file = join(folder, "image.sqfs");
  const tree = join(folder, `tree.${Object.keys(variables).length}`);
  assertDone(chImageWith(folder, variables, "pull", `--squash=${file}`, image));
  must("unsquashfs", "-quiet", "-no-progress", "-d", tree, file);
  return { root: must("stat", "-c", "%a %Y", tree), tree: snapshot(tree), xattrs: xattrs(tree) };
}

testIf(HAS_REGISTRY && HAS_PACKAGES, HAS_REGISTRY ? NO_PACKAGES : NO_REGISTRY)(
  "a Debian system in six layers is what unpacking and packing makes",
  () =>
    withFolder(async (folder) => {
      const image = await putDebian(folder);
      const merged = pulled(folder, image, {});
      const packed = pulled(folder, image, oldMksquashfs(folder));
      assert.equal(merged, packed);
      const lines = merged.tree;
      const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
      console.log(`# ${lines.length} inodes, ${count(/ same file as /)} of them hard links`);
      assert.ok(count(/ file /) > 1000);
      assert.is(count(/^usr\/bin\/su file 755 /), 1);
      assert.is(count(/^usr\/share\/(?:doc|man|locale)[ /]/), 0);
      assert.is(count(/^usr\/share\/perl5 file /), 1);
      assert.is(count(/^usr\/share\/zoneinfo/), 2);
      assert.is(count(/^usr\/lib\/zoneinfo\/Etc\/UTC file /), 1);
      assert.is(count(/^etc\/pam\.d\//), 1);
      assert.is(count(/^opt\/two file 755 .* same file as opt\/one$/), 1);
      assert.is(count(/^usr\/bin\/env-linked file 755 .* same file as usr\/bin\/env$/), 1);
    }),
);

runConditional();
