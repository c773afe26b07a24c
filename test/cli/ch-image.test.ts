/** What ch-image does with the images in storage. */
import { readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImage, folders, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree, type StoredLayer } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { messages } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<{ registry: string; layers: readonly StoredLayer[] }> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  await repository.putImage(layers, { tag: "three", config: { Labels: { a: "b" } } });
  await repository.putImage(layers.slice(0, 1), { tag: "one" });
  return { registry, layers };
}

const { registry, layers } = HAS_REGISTRY ? await prepare() : { registry: "", layers: [] };

/** Do something in a folder whose storage has two images. */
function withImages(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      for (const tag of ["one", "three"]) {
        assertDone(chImage(folder, "pull", `${registry}/test/image:${tag}`, `a/${tag}`));
      }
      return work(folder);
    });
}

function blobs(folder: string): number {
  return readdirSync(join(folder, "storage/blobs/sha256")).length;
}

function unpacked(folder: string): number {
  return readdirSync(join(folder, "storage/layers")).length;
}

test("ch-image list of storage that is not there is empty, and makes none", () =>
  withFolder((folder) => {
    assert.is(assertDone(chImage(folder, "list")), "");
    assert.is(assertDone(chImage(folder, "list", "--json")), "[]\n");
    assert.equal(readdirSync(folder), []);
  }));

registryTest(
  "ch-image list names images in order, all or some",
  withImages((folder) => {
    assert.is(assertDone(chImage(folder, "list")), "a/one:latest\na/three:latest\n");
    assert.is(assertDone(chImage(folder, "list", "*th*")), "a/three:latest\n");
    assert.is(assertDone(chImage(folder, "list", "a/one")), "a/one:latest\n");
    assertRefused(chImage(folder, "list", "b*"), 1, 'no image in storage has a name like "b*"');
  }),
);

registryTest(
  "ch-image list --long and --json tell more",
  withImages((folder) => {
    const [heading, first] = assertDone(chImage(folder, "list", "-l")).split("\n");
    assert.match(heading ?? "", /^NAME +SIZE +PLATFORM +ADDED +DIGEST$/);
    assert.match(
      first ?? "",
      /^a\/one:latest +\S+ \w+ +linux\/amd64 +2\d.*Z +sha256:[0-9a-f]{12}$/,
    );
    const [image] = JSON.parse(assertDone(chImage(folder, "list", "--json")));
    assert.is(image.name, "a/one:latest");
    assert.is(image.source, `${registry}/test/image:one`);
    assert.is(image.size, layers[0]?.blob.size);
  }),
);

registryTest(
  "ch-image inspect prints where an image is from, its configuration and its layers",
  withImages((folder) => {
    const image = JSON.parse(assertDone(chImage(folder, "inspect", "a/three")));
    assert.equal([image.name, image.config.Labels], ["a/three:latest", { a: "b" }]);
    const expected = layers.map(({ blob, diffId }) => ({ ...blob, diffId }));
    assert.equal(image.layers, expected);
  }),
);

registryTest(
  "ch-image tag and rename change names, and what they name runs",
  withImages((folder) => {
    assertDone(chImage(folder, "tag", "a/one", "b:x"));
    assertDone(chImage(folder, "rename", "a/three", "c"));
    assert.is(assertDone(chImage(folder, "list")), "a/one:latest\nb:x\nc:latest\n");
    assert.is(assertDone(runStored(folder, "b:x", "--", "/bin/cat", "/data/b")), "1");
    assert.is(assertDone(runStored(folder, "c", "--", "/bin/cat", "/data/b")), "2");
    assertRefused(
      chImage(folder, "tag", "none", "d"),
      1,
      'there is no image "none:latest" in storage',
    );
  }),
);

registryTest(
  "ch-image delete removes images, and what no other image needs",
  withImages((folder) => {
    const before = [blobs(folder), unpacked(folder)];
    const plan = assertDone(chImage(folder, "delete", "-n", "a/t*"));
    assert.match(
      plan,
      /^would delete a\/three:latest: \S+ B; 1 of 3 layers also of a\/one:latest$/m,
    );
    const [told] = JSON.parse(assertDone(chImage(folder, "delete", "-n", "--json", "a/t*")));
    assert.equal(
      [told.name, told.others, told.sharedLayers],
      ["a/three:latest", ["a/one:latest"], 1],
    );
    assert.equal([blobs(folder), unpacked(folder)], before);
    assert.is(assertDone(chImage(folder, "delete", "--now", "a/t*")), "deleted a/three:latest\n");
    // A manifest, a configuration and a layer; the layer unpacked, and the configuration.
    assert.equal([blobs(folder), unpacked(folder)], [3, folders(folder, 1)]);
    assert.is(assertDone(runStored(folder, "a/one", "--", "/bin/cat", "/data/b")), "1");
    assert.is(assertDone(chImage(folder, "delete", "--now", "a/one")), "deleted a/one:latest\n");
    assert.equal([blobs(folder), unpacked(folder)], [0, 0]);
    assertRefused(chImage(folder, "delete", "*"), 1, 'no image in storage has a name like "*"');
  }),
);

registryTest(
  "ch-image gc removes what a killed process has left",
  withImages((folder) => {
    rmSync(join(folder, "storage/img/a%three+latest"));
    const output = assertDone(chImage(folder, "gc"));
    const [, count] = /^removed 4 blobs \(.*\) and (\d+) unpacked layers?$/m.exec(output) ?? [];
    assert.is(Number(count), folders(folder, 2));
    assert.equal([blobs(folder), unpacked(folder)], [3, folders(folder, 1)]);
    assert.match(assertDone(chImage(folder, "gc")), /^removed 0 blobs/);
  }),
);

registryTest(
  "ch-image check says what is whole, damaged and missing",
  withImages((folder) => {
    assert.is(assertDone(chImage(folder, "check")), "2 images are whole\n");
    const [first, , third] = layers.map(({ blob }) =>
      join(folder, "storage/blobs/sha256", blob.digest.replace("sha256:", "")),
    );
    truncateSync(first ?? "", 100);
    rmSync(third ?? "");
    const { status, stdout, stderr } = chImage(folder, "check");
    assert.is(status, 1);
    assert.match(stdout, /^a\/one:latest: cannot use blob ".*": 100 bytes instead of \d+$/m);
    assert.match(stdout, /^a\/three:latest: blob ".*" is missing$/m);
    assert.is(messages(stderr)[0], "error: of 2 images 2 are damaged");
  }),
);

registryTest(
  "storage is an OCI image layout",
  withImages((folder) => {
    const read = (name: string) => JSON.parse(readFileSync(join(folder, "storage", name), "utf8"));
    assert.equal(read("oci-layout"), { imageLayoutVersion: "1.0.0" });
    const names = read("index.json").manifests.map(
      ({ annotations }: { annotations: Record<string, string> }) =>
        annotations["org.opencontainers.image.ref.name"],
    );
    assert.equal(names, ["a/one:latest", "a/three:latest"]);
  }),
);

const MISTAKES: readonly (readonly [args: readonly string[], error: string])[] = [
  [[], "operand ACTION is missing"],
  [["pul", "x"], 'unknown action "pul"'],
  [["pull"], "operand IMAGE is missing"],
  [["pull", "a", "b", "c"], 'one operand too many: "c"'],
  [["pull", "A"], '"A" is no image reference: names are in lower case'],
  [["pull", "--long", "a"], 'option --long is not for "pull"'],
  [["list", "--arch=x"], 'option --arch is not for "list"'],
  [["pull", "--jobs=0", "a"], '--jobs takes a number from 1 to 999, not "0"'],
  [["pull", "--arch=a/b/c/d", "a"], '"a/b/c/d" is no platform'],
];

for (const [args, error] of MISTAKES) {
  test(`ch-image ${args.join(" ")} is a mistake`, () =>
    withFolder((folder) => {
      assertRefused(chImage(folder, ...args), 2, error);
      assert.equal(readdirSync(folder), []);
    }));
}

test.run();
