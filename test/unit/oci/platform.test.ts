import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  distance,
  formatPlatform,
  hostPlatform,
  parsePlatform,
} from "../../../lib/oci/platform.ts";

const SPELLINGS: readonly (readonly [written: string, meant: string])[] = [
  ["amd64", "linux/amd64"],
  ["x86_64", "linux/amd64"],
  ["linux/x86-64-v9", "linux/x86-64-v9"],
  ["aarch64", "linux/arm64"],
  ["arm64/v8", "linux/arm64/v8"],
  ["linux/arm/v6", "linux/arm/v6"],
  ["armhf", "linux/arm/v7"],
  ["ppc64el", "linux/ppc64le"],
  ["i386", "linux/386"],
  ["windows/amd64", "windows/amd64"],
];

for (const [written, meant] of SPELLINGS) {
  test(`parsePlatform() reads ${written} as ${meant}`, () => {
    assert.is(formatPlatform(parsePlatform(written)), meant);
  });
}

for (const text of ["", "linux/", "a/b/c/d", "linux/arm 64"]) {
  test(`parsePlatform() refuses "${text}"`, () => {
    assert.throws(() => parsePlatform(text), /is no platform/);
  });
}

const DISTANCES: readonly (readonly [wanted: string, offered: string, number | undefined])[] = [
  ["amd64", "amd64", 0],
  ["amd64/v3", "amd64", 2],
  ["amd64", "amd64/v2", undefined],
  ["arm64", "arm64/v8", 0],
  ["arm/v7", "arm/v6", 1],
  ["arm/v6", "arm/v7", undefined],
  ["arm", "arm/v7", 0],
  ["arm64", "arm/v7", undefined],
  ["amd64", "windows/amd64", undefined],
  ["s390x", "s390x", 0],
  ["yolo", "s390x", 0],
  ["yolo", "unknown/unknown", undefined],
];

for (const [wanted, offered, expected] of DISTANCES) {
  test(`distance() from ${offered} to ${wanted} is ${expected}`, () => {
    assert.is(distance(parsePlatform(wanted), parsePlatform(offered)), expected);
  });
}

test("hostPlatform() is one of Linux in Go's words", () => {
  assert.match(formatPlatform(hostPlatform()), /^linux\/[a-z0-9]+$/);
  assert.is.not(hostPlatform().architecture, "x64");
});

test.run();
