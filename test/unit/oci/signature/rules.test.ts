import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReference } from "../../../../lib/oci/reference.ts";
import { linesFor } from "../../../../lib/oci/scope.ts";
import { parseRule } from "../../../../lib/oci/signature/rules.ts";

/** The places of the rules that count for an image; a rule that begins with "!" is fixed. */
function counted(reference: string, ...rules: readonly string[]): string[] {
  const lines = rules.map((rule, index) => {
    return { value: rule.replace("!", ""), place: String(index), fixed: rule.startsWith("!") };
  });
  return linesFor(lines.map(parseRule), parseReference(reference)).map(({ place }) => place);
}

test("the longest scope counts, with all its lines", () => {
  const rules = [
    "* reject",
    "docker.io accept",
    "docker.io/library key=/a",
    "docker.io/library key=/b",
  ];
  assert.equal(counted("alpine", ...rules), ["2", "3"]);
  assert.equal(counted("docker.io/me/x:1", ...rules), ["1"]);
  assert.equal(counted("quay.io/me/x", ...rules), ["0"]);
});

test("a scope ends where a name ends", () => {
  assert.equal(counted("example.org/ab/c", "example.org/a reject"), []);
  assert.equal(counted("example.org/a/c", "example.org/a/ reject"), ["0"]);
  assert.equal(counted("example.org/a", "example.org/a reject"), ["0"]);
  assert.equal(counted("example.org:5000/a", "example.org reject"), []);
});

test("of what the site has fixed, no others are looked at", () => {
  assert.equal(counted("alpine", "!* key=/a", "docker.io accept"), ["0"]);
  assert.equal(counted("alpine", "!* key=/a", "!docker.io/library accept", "* accept"), ["1"]);
  assert.equal(counted("alpine", "!quay.io key=/a", "docker.io accept"), ["1"]);
});

test.run();
