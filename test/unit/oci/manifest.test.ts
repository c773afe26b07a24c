import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseManifest, requireImage } from "../../../lib/oci/manifest.ts";
import {
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER,
  OCI_MANIFEST,
} from "../../../lib/oci/media-type.ts";
import { digestOf } from "../../../lib/oci/verify.ts";

const DIGEST = digestOf(Buffer.from("x"));
const CONFIG = { mediaType: OCI_CONFIG, digest: DIGEST, size: 1 };
const LAYER = { mediaType: `${OCI_LAYER}+zstd`, digest: DIGEST, size: 10 };
const IMAGE = { schemaVersion: 2, config: CONFIG, layers: [LAYER] };
const ENTRY = { mediaType: OCI_MANIFEST, digest: DIGEST, size: 3 };

function parse(document: unknown, type?: string) {
  return parseManifest(Buffer.from(JSON.stringify(document)), "x", type);
}

const KINDS: readonly (readonly [title: string, unknown, string | undefined, string, string])[] = [
  [
    "its own media type",
    { ...IMAGE, mediaType: DOCKER_MANIFEST },
    undefined,
    "manifest",
    DOCKER_MANIFEST,
  ],
  ["its carrier's", IMAGE, `${DOCKER_MANIFEST}; charset=utf-8`, "manifest", DOCKER_MANIFEST],
  ["its content", IMAGE, undefined, "manifest", OCI_MANIFEST],
  ["its content, of a careless carrier", IMAGE, "text/plain", "manifest", OCI_MANIFEST],
  [
    "its content, of an index",
    { schemaVersion: 2, manifests: [ENTRY] },
    undefined,
    "index",
    OCI_INDEX,
  ],
  [
    "its own media type, of an index",
    { mediaType: DOCKER_INDEX, manifests: [] },
    OCI_MANIFEST,
    "index",
    DOCKER_INDEX,
  ],
];

for (const [title, document, type, kind, mediaType] of KINDS) {
  test(`parseManifest() knows a manifest by ${title}`, () => {
    const found = parse(document, type);
    assert.equal([found.kind, found.mediaType], [kind, mediaType]);
  });
}

test("parseManifest() reads configuration and layers", () => {
  const found = parse({ ...IMAGE, annotations: { a: "b" } });
  if (found.kind !== "manifest") throw new Error("an index");
  assert.is(found.config.digest, DIGEST);
  assert.equal(
    found.layers.map(({ mediaType, size }) => [mediaType, size]),
    [[LAYER.mediaType, 10]],
  );
  assert.equal(found.annotations, { a: "b" });
});

test("parseManifest() reads an index's platforms and foreign URLs", () => {
  const platform = { os: "linux", architecture: "aarch64" };
  const found = parse({ manifests: [{ ...ENTRY, platform, urls: ["http://x"] }] });
  if (found.kind !== "index") throw new Error("a manifest");
  assert.equal(found.manifests[0]?.platform, { os: "linux", architecture: "arm64" });
  assert.equal(found.manifests[0]?.urls, ["http://x"]);
});

const FIRST_TYPE = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const REFUSED: readonly (readonly [
  title: string,
  document: unknown,
  words: RegExp,
  type?: string,
])[] = [
  [
    "Docker's first schema",
    { schemaVersion: 1, fsLayers: [] },
    /Docker's schema 1, which is obsolete/,
  ],
  ["Docker's first schema by type", { schemaVersion: 1 }, /schema 1/, FIRST_TYPE],
  [
    "an unknown media type",
    { ...IMAGE, mediaType: "text/plain" },
    /unknown media type "text\/plain"/,
  ],
  ["no configuration", { layers: [] }, /"config" is missing/],
  ["no layers", { config: CONFIG }, /"layers" is missing/],
  ["layers that are no list", { ...IMAGE, layers: {} }, /"layers" is no list/],
  [
    "a digest that is a path",
    { ...IMAGE, config: { ...CONFIG, digest: "sha256:../x" } },
    /no digest known/,
  ],
  ["a negative size", { ...IMAGE, config: { ...CONFIG, size: -1 } }, /"size" is no count/],
  ["a list", [], /not a JSON object/],
];

for (const [title, document, words, type] of REFUSED) {
  test(`parseManifest() refuses ${title}`, () => {
    assert.throws(() => parse(document, type), words);
  });
}

test("parseManifest() refuses what is not JSON", () => {
  assert.throws(() => parseManifest(Buffer.from("<html>"), "x"), /manifest of "x": not JSON/);
});

test("requireImage() refuses artifacts that are no image", () => {
  const image = parse(IMAGE);
  const chart = parse({
    ...IMAGE,
    layers: [{ ...LAYER, mediaType: "application/vnd.helm.chart" }],
  });
  if (image.kind !== "manifest" || chart.kind !== "manifest") throw new Error("an index");
  requireImage(image, "x");
  assert.throws(() => requireImage(chart, "x"), /no image of a file system/);
});

test.run();
