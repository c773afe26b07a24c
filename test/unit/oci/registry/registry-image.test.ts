/** Images from a real registry, of every form that there is. */
import { gzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { startFaultProxy } from "../../../helpers/fault-proxy.ts";
import { withImage } from "../../../helpers/open-registry.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../../../helpers/registry.ts";
import { type Blob, Repository, sha256, TYPES } from "../../../helpers/registry-content.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { runConditional, testIf } from "../../../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);
const registry = HAS_REGISTRY ? await startRegistry() : "";
const repository = new Repository(registry, "test/image");
const name = `${registry}/test/image`;

/** A layer of bytes that are no archive: nobody unpacks it here. */
async function putLayer(content: string, mediaType: string = TYPES.layer) {
  const blob = await repository.putBlob(gzipSync(content), mediaType);
  return { blob, diffId: sha256(content) };
}

function diffIds(reference: string, platform?: string): Promise<readonly string[]> {
  const settings = platform === undefined ? {} : { platform };
  return withImage(reference, settings, async (image) =>
    (await image.layers()).map(({ diffId }) => diffId),
  );
}

async function putPlatform(platform: string): Promise<Blob & { platform: unknown }> {
  const [os, architecture, variant] = platform.split("/");
  const layer = await putLayer(platform);
  const image = await repository.putImage([layer], { platform });
  return { ...image, platform: { os, architecture, variant } };
}

registryTest(
  "an image is read with its layers in order, in OCI's form and in Docker's",
  async () => {
    const one = await putLayer("one");
    const two = await putLayer("two", TYPES.dockerLayer);
    const stored = await repository.putImage([one, two], { tag: "oci", config: { Env: ["A=b"] } });
    await repository.putImage([two, one], { tag: "docker", docker: true });
    assert.equal(await diffIds(`${name}:oci`), [one.diffId, two.diffId]);
    assert.equal(await diffIds(`${name}:docker`), [two.diffId, one.diffId]);
    await withImage(`${name}:oci`, {}, async (image) => {
      assert.equal([await image.digest(), await image.topDigest()], [stored.digest, stored.digest]);
      assert.equal((await image.config()).env, ["A=b"]);
      assert.is(sha256(await image.manifestBytes()), stored.digest);
    });
  },
);

registryTest("an image is had by its digest, whatever tag stands beside it", async () => {
  const layer = await putLayer("pinned");
  const { digest } = await repository.putImage([layer], { tag: "pinned" });
  await repository.putImage([await putLayer("moved")], { tag: "pinned" });
  assert.equal(await diffIds(`${name}@${digest}`), [layer.diffId]);
  assert.equal(await diffIds(`${name}:pinned@${digest}`), [layer.diffId]);
});

registryTest("of an index the image for the platform is taken", async () => {
  const manifests = await Promise.all(
    ["linux/amd64", "linux/arm/v6", "linux/arm/v7"].map(putPlatform),
  );
  const index = { schemaVersion: 2, mediaType: TYPES.dockerIndex, manifests };
  const { digest } = await repository.putManifest(index, TYPES.dockerIndex, "index");
  assert.equal(await diffIds(`${name}:index`), [sha256("linux/amd64")]);
  assert.equal(await diffIds(`${name}:index`, "arm/v6"), [sha256("linux/arm/v6")]);
  await withImage(`${name}:index`, {}, async (image) => {
    assert.equal([await image.topDigest(), await image.digest()], [digest, manifests[0]?.digest]);
  });
});

registryTest("a platform that an index lacks is an error that lists what there is", async () => {
  const manifests = await Promise.all(["linux/amd64", "linux/arm64/v8"].map(putPlatform));
  await repository.putManifest({ schemaVersion: 2, manifests }, TYPES.index, "short");
  const error = await rejection(diffIds(`${name}:short`, "s390x"));
  assert.match(String(error), /short": it has no image for linux\/s390x/);
  assert.is(Reflect.get(Object(error), "hint"), "there is: linux/amd64, linux/arm64/v8");
});

registryTest("indexes in indexes are looked into, and images without a label", async () => {
  const arm = await putPlatform("linux/arm64");
  const { platform: _, ...unlabelled } = await putPlatform("linux/riscv64");
  const inner = await repository.putManifest(
    { schemaVersion: 2, mediaType: TYPES.index, manifests: [arm] },
    TYPES.index,
  );
  const manifests = [inner, unlabelled, await putPlatform("linux/amd64")];
  await repository.putManifest({ schemaVersion: 2, manifests }, TYPES.index, "nested");
  assert.equal(await diffIds(`${name}:nested`), [sha256("linux/amd64")]);
  assert.equal(await diffIds(`${name}:nested`, "arm64"), [sha256("linux/arm64")]);
  assert.equal(await diffIds(`${name}:nested`, "riscv64"), [sha256("linux/riscv64")]);
  const error = await rejection(diffIds(`${name}:nested`, "s390x"));
  const hint = "there is: linux/amd64, linux/arm64, linux/riscv64";
  assert.is(Reflect.get(Object(error), "hint"), hint);
});

registryTest("what is not there is said not to be there", async () => {
  assert.match(String(await rejection(diffIds(`${name}:none`))), /there is no image ".*:none"/);
  const other = `${registry}/test/none`;
  assert.match(String(await rejection(diffIds(other))), /there is no image ".*none:latest"/);
});

registryTest(
  "a manifest that was changed on its way is refused, by tag and by digest",
  async () => {
    const { digest } = await repository.putImage([await putLayer("changed")], { tag: "changed" });
    const proxy = await startFaultProxy(registry);
    proxy.break(/manifests/, { kind: "garble" }, { kind: "garble" });
    for (const reference of [":changed", `@${digest}`]) {
      const error = await rejection(diffIds(`${proxy.address}/test/image${reference}`));
      assert.match(String(error), /cannot use manifest "sha256:.*": its digest is "sha256:/);
    }
  },
);

registryTest("a configuration that was changed on its way is refused", async () => {
  await repository.putImage([await putLayer("config")], { tag: "config" });
  const proxy = await startFaultProxy(registry);
  proxy.break(/blobs/, { kind: "garble" });
  const error = await rejection(diffIds(`${proxy.address}/test/image:config`));
  assert.match(String(error), /cannot use blob "sha256:.*": its digest is/);
});

registryTest("an image whose configuration has another number of layers is refused", async () => {
  const layer = await putLayer("count");
  const manifest = await repository.putImage([layer], {});
  const found = await withImage(`${name}@${manifest.digest}`, {}, (image) => image.manifest());
  const wrong = { schemaVersion: 2, config: found.config, layers: [layer.blob, layer.blob] };
  await repository.putManifest(wrong, TYPES.manifest, "count");
  const error = await rejection(diffIds(`${name}:count`));
  assert.match(String(error), /its manifest has 2 layers, its configuration 1/);
});

runConditional();
