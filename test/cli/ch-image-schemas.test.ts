/** What ch-image pushes and writes, held against the JSON schemas of OCI's image specification. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { type Document, faultsOf, HAS_SCHEMAS, NO_SCHEMAS } from "../helpers/image-schemas.ts";
import { makeTree } from "../helpers/layer.ts";
import { CONFIG, makeLayout } from "../helpers/layout.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { TYPES } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const schemaTest = testIf(HAS_SCHEMAS, NO_SCHEMAS);
const bothTest = testIf(HAS_SCHEMAS && HAS_REGISTRY, HAS_SCHEMAS ? NO_REGISTRY : NO_SCHEMAS);
const registry = HAS_REGISTRY ? await startRegistry() : "";

async function fetched(path: string): Promise<string> {
  const accept = [TYPES.manifest, TYPES.index].join(", ");
  const answer = await fetch(`http://${registry}/v2/${path}`, { headers: { accept } });
  assert.is(answer.status, 200);
  return answer.text();
}

/** The manifest and the configuration of an image of the registry. */
async function documentsOf(name: string, tagOrDigest: string): Promise<readonly Document[]> {
  const manifest = await fetched(`${name}/manifests/${tagOrDigest}`);
  const config = await fetched(`${name}/blobs/${JSON.parse(manifest).config.digest}`);
  return [
    ["manifest", manifest],
    ["config", config],
  ];
}

schemaTest("the schemas find what is wrong", () => {
  const faults = faultsOf(
    ["manifest", '{"schemaVersion": 2, "layers": []}'],
    ["index", '{"schemaVersion": 2, "manifests": [{}]}'],
  );
  assert.match(faults, /^image-manifest-schema.json {2}'config' is a required property$/m);
  assert.match(faults, /^image-index-schema.json manifests\/0 /m);
});

for (const compression of ["gzip", "zstd"]) {
  bothTest(`a directory that is pushed fits the schemas, compressed by ${compression}`, () =>
    withFolder(async (folder) => {
      const metadata = { os: "linux", architecture: "amd64", config: CONFIG };
      const tree = makeTree(makeImage(join(folder, "tree")), {
        "ch/metadata.json": JSON.stringify(metadata),
      });
      const name = `tree/${compression}`;
      const options = [`--image=${tree}`, `--compression=${compression}`];
      assertDone(chImage(folder, "push", ...options, `${registry}/${name}`));
      assert.is(faultsOf(...(await documentsOf(name, "latest"))), "");
    }),
  );
}

/** Import the same trees as images for two platforms, called "amd64" and "arm64". */
function importTwo(folder: string): void {
  for (const arch of ["amd64", "arm64"]) {
    const layout = makeLayout(join(folder, arch));
    layout.add([join(folder, arch, "trees/base")], arch, arch);
    assertDone(chImage(folder, "import", `oci:${layout.path}:${arch}`, arch));
  }
}

bothTest("a list of images that is pushed fits the schemas, and so does each of them", () =>
  withFolder(async (folder) => {
    importTwo(folder);
    assertDone(chImage(folder, "push", "--index", "amd64", "arm64", `${registry}/several`));
    const index = await fetched("several/manifests/latest");
    const digests = JSON.parse(index).manifests.map((entry: { digest: string }) => entry.digest);
    assert.is(digests.length, 2);
    const all: Document[] = [["index", index]];
    for (const digest of digests) all.push(...(await documentsOf("several", digest)));
    assert.is(faultsOf(...all), "");
  }),
);

/** All documents of an OCI image layout. */
function documentsOfLayout(layout: string): readonly Document[] {
  const text = (name: string): string => readFileSync(join(layout, name), "utf8");
  const blob = (digest: string): string => text(join("blobs", digest.replace(":", "/")));
  const index = text("index.json");
  const manifests: readonly string[] = JSON.parse(index).manifests.map(
    ({ digest }: { digest: string }) => blob(digest),
  );
  assert.ok(manifests.length > 0);
  const configs = manifests.map((manifest) => blob(JSON.parse(manifest).config.digest));
  return [
    ["layout", text("oci-layout")],
    ["index", index],
    ...manifests.map((manifest): Document => ["manifest", manifest]),
    ...configs.map((config): Document => ["config", config]),
  ];
}

schemaTest("storage and an exported layout fit the schemas", () =>
  withFolder((folder) => {
    importTwo(folder);
    const tree = makeTree(makeImage(join(folder, "tree")), { "data/x": "1" });
    assertDone(chImage(folder, "import", tree, "tree"));
    assertDone(chImage(folder, "export", "--format=oci", "tree", join(folder, "out")));
    const layouts = ["storage", "out"].map((name) => join(folder, name));
    assert.is(faultsOf(...layouts.flatMap(documentsOfLayout)), "");
  }),
);

runConditional();
