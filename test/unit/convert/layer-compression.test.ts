import { test } from "uvu";
import * as assert from "uvu/assert";
import { chooseLayerCompression } from "../../../lib/convert/layer-compression.ts";

test("chooseLayerCompression() is gzip unless told, and none where there is none", () => {
  assert.is(chooseLayerCompression("oci", undefined), "gzip");
  assert.is(chooseLayerCompression("oci-archive", "zstd"), "zstd");
  assert.is(chooseLayerCompression("ch-image", "none"), "none");
  assert.is(chooseLayerCompression("docker-archive", undefined), "none");
});

test("chooseLayerCompression() refuses what layers are not compressed by", () => {
  for (const wish of ["xz", "zstd:3", "", "lz4"]) {
    assert.throws(() => chooseLayerCompression("oci", wish), /cannot compress a layer with/);
  }
});

test.run();
