import { truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "../../../lib/oci/media-type.ts";
import { putBlob } from "../../../lib/store/blobs.ts";
import { Storage } from "../../../lib/store/storage.ts";
import { StoredImage } from "../../../lib/store/stored-image.ts";
import { withFolder } from "../../helpers/folder.ts";
import { rejection } from "../../helpers/rejection.ts";

const LAYER = Buffer.from("a layer");

/** An image of one layer in new storage. */
function store(folder: string): { storage: Storage; image: StoredImage } {
  const storage = new Storage(join(folder, "storage"));
  storage.prepare();
  const put = (mediaType: string, content: string | Buffer) => {
    const bytes = Buffer.from(content);
    return { mediaType, digest: putBlob(storage, bytes), size: bytes.length };
  };
  const layer = put(OCI_LAYER, LAYER);
  const rootfs = { type: "layers", diff_ids: [layer.digest] };
  const platform = { os: "linux", architecture: "amd64" };
  const config = put(OCI_CONFIG, JSON.stringify({ ...platform, rootfs }));
  const manifest = put(OCI_MANIFEST, JSON.stringify({ schemaVersion: 2, config, layers: [layer] }));
  const record = {
    name: "a:latest",
    source: "a:latest",
    sourceDigest: manifest.digest,
    digest: manifest.digest,
    config: config.digest,
    platform: "linux/amd64",
    size: layer.size,
    added: "2026-01-02T03:04:05.006Z",
    layers: [],
  };
  return { storage, image: new StoredImage(storage, record) };
}

test("StoredImage gives an image's parts, and a layer from where one wants it", () =>
  withFolder(async (folder) => {
    const { image } = store(folder);
    const [layer] = await image.layers();
    assert.ok(layer);
    assert.is((await image.config()).platform.architecture, "amd64");
    const chunks = await image.open(layer.descriptor, 2).toArray();
    assert.equal(Buffer.concat(chunks), LAYER.subarray(2));
  }));

test("StoredImage refuses a manifest that is damaged", () =>
  withFolder(async (folder) => {
    const { image, storage } = store(folder);
    truncateSync(storage.blob(await image.digest()), 10);
    assert.match(String(await rejection(image.manifest())), /cannot use manifest "sha256:/);
  }));

test.run();
