import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FormatKind } from "../../../lib/convert/formats/format.ts";
import { parseLocation } from "../../../lib/convert/location.ts";
import { withFolder } from "../../helpers/folder.ts";

type Row = readonly [
  text: string,
  claimed: FormatKind | undefined,
  kind: FormatKind | undefined,
  place: string,
  reference?: string,
];

const LOCATIONS: readonly Row[] = [
  ["hello.tar", undefined, undefined, "hello.tar"],
  ["debian:12", undefined, undefined, "debian:12"],
  ["debian:12", "docker", "docker", "debian:12"],
  ["oci:some/dir", undefined, "oci", "some/dir"],
  ["oci:some/dir:name:1", undefined, "oci", "some/dir", "name:1"],
  ["some/dir:name", "oci", "oci", "some/dir", "name"],
  ["oci-archive:/x.tar:a/b:c", undefined, "oci-archive", "/x.tar", "a/b:c"],
  ["docker-archive:x.tar", undefined, "docker-archive", "x.tar"],
  ["docker-archive:x.tar:a:1", "docker-archive", "docker-archive", "x.tar", "a:1"],
  ["docker-daemon:a/b:c", undefined, "docker", "a/b:c"],
  ["containers-storage:a/b:c", undefined, "podman", "a/b:c"],
  ["docker://a/b:c", undefined, "registry", "a/b:c"],
  ["ch-image:a/b:c", undefined, "ch-image", "a/b:c"],
  // What is said otherwise counts.
  ["oci:dir", "dir", "dir", "oci:dir"],
];

for (const [text, claimed, kind, place, reference] of LOCATIONS) {
  test(`parseLocation() takes "${text}" apart, ${claimed ?? "nothing claimed"}`, () => {
    assert.equal(parseLocation(text, claimed), { text, kind, place, reference });
  });
}

test("parseLocation() refuses another format for an image in a registry", () => {
  assert.throws(() => parseLocation("docker://a", "tar"), /is an image in a registry/);
});

test("parseLocation() leaves the colon in a path that exists", () =>
  withFolder((folder) => {
    const path = join(folder, "a:b");
    mkdirSync(path);
    const text = `oci:${path}`;
    assert.equal(parseLocation(text), { text, kind: "oci", place: path, reference: undefined });
  }));

test.run();
