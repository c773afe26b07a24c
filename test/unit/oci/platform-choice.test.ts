import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor } from "../../../lib/oci/descriptor.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../lib/oci/media-type.ts";
import { parsePlatform } from "../../../lib/oci/platform.ts";
import {
  isOpaque,
  nearestManifest,
  noSuchPlatform,
  platformsOf,
} from "../../../lib/oci/platform-choice.ts";

function entry(platform: string | undefined, mediaType = OCI_MANIFEST): Descriptor {
  const name = platform === undefined ? undefined : parsePlatform(platform);
  return { mediaType, digest: `sha256:${platform}`, size: 1, platform: name };
}

const INDEX = ["amd64", "arm/v6", "arm/v7", "arm64/v8", "amd64/v3"].map((name) => entry(name));

const CHOICES: readonly (readonly [wanted: string, chosen: string | undefined])[] = [
  ["amd64", "amd64"],
  ["amd64/v2", "amd64"],
  ["amd64/v4", "amd64/v3"],
  ["arm", "arm/v7"],
  ["arm/v6", "arm/v6"],
  ["arm/v5", undefined],
  ["arm64", "arm64/v8"],
  ["riscv64", undefined],
];

for (const [wanted, chosen] of CHOICES) {
  test(`nearestManifest() for ${wanted} is ${chosen}`, () => {
    const digest = nearestManifest(INDEX, parsePlatform(wanted))?.digest;
    assert.is(digest, chosen && `sha256:${chosen}`);
  });
}

test("nearestManifest() takes the first of equals", () => {
  const first = { ...entry("amd64"), digest: "sha256:first" };
  assert.is(nearestManifest([first, entry("amd64")], parsePlatform("amd64")), first);
});

test("isOpaque() holds for indexes and for what has no platform", () => {
  assert.ok(isOpaque(entry("amd64", OCI_INDEX)) && isOpaque(entry(undefined)));
  assert.not.ok(isOpaque(entry("amd64")));
});

test("noSuchPlatform() says what there is, each once and no attestations", () => {
  const names = platformsOf([...INDEX, entry("amd64"), entry("unknown/unknown")]);
  const { message, hint } = noSuchPlatform("x", parsePlatform("s390x"), names);
  assert.is(message, 'cannot use "x": it has no image for linux/s390x');
  assert.is(
    hint,
    "there is: linux/amd64, linux/amd64/v3, linux/arm/v6, linux/arm/v7, linux/arm64/v8",
  );
});

test.run();
