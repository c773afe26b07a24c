import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReference } from "../../../../lib/oci/reference.ts";
import { mirrored, parseMirror } from "../../../../lib/oci/registry/mirrors.ts";

/** A line, an image, and where its mirror has it. */
const MIRRORED: readonly (readonly [string, string, string, string])[] = [
  ["docker.io m.example", "alpine", "m.example", "library/alpine"],
  ["docker.io/library m.example:5000/hub/", "alpine", "m.example:5000", "hub/alpine"],
  ["r.example/a http://m.example/b/c", "r.example/a/x/y:1", "m.example", "b/c/x/y"],
  ["r.example/a/x/ m.example/copy", "r.example/a/x", "m.example", "copy"],
];

for (const [value, name, registry, repository] of MIRRORED) {
  test(`mirrored() finds "${name}" by "${value}"`, () => {
    const rule = parseMirror({ value, place: "x:1", fixed: false });
    const plainHttp = value.includes("http://");
    const found = mirrored(rule, parseReference(name));
    assert.equal(found, { registry, repository, plainHttp });
  });
}

test.run();
