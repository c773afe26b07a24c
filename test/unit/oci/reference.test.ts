import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  familiarName,
  fileName,
  formatPlace,
  parsePlace,
  parseReference,
} from "../../../lib/oci/reference.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** What is written, registry, repository, tag, and what it is called in short. */
const REFERENCES: readonly (readonly [string, string, string, string | undefined, string])[] = [
  ["alpine", "docker.io", "library/alpine", "latest", "alpine:latest"],
  ["alpine:3.9", "docker.io", "library/alpine", "3.9", "alpine:3.9"],
  ["docker.io/alpine", "docker.io", "library/alpine", "latest", "alpine:latest"],
  ["docker.io/library/alpine", "docker.io", "library/alpine", "latest", "alpine:latest"],
  ["index.docker.io/a/b", "docker.io", "a/b", "latest", "a/b:latest"],
  ["library/a/b", "docker.io", "library/a/b", "latest", "library/a/b:latest"],
  ["docker://a/b", "docker.io", "a/b", "latest", "a/b:latest"],
  ["localhost/a", "localhost", "a", "latest", "localhost/a:latest"],
  ["localhost:5000/a:1", "localhost:5000", "a", "1", "localhost:5000/a:1"],
  ["reg.example/a/b/c:x-1_2.3", "reg.example", "a/b/c", "x-1_2.3", "reg.example/a/b/c:x-1_2.3"],
  ["[::1]:5000/a", "[::1]:5000", "a", "latest", "[::1]:5000/a:latest"],
  ["https://reg.example/a", "reg.example", "a", "latest", "reg.example/a:latest"],
  ["a/b__c--d.e", "docker.io", "a/b__c--d.e", "latest", "a/b__c--d.e:latest"],
  [`alpine@${DIGEST}`, "docker.io", "library/alpine", undefined, `alpine@${DIGEST}`],
  [`a.b/c:1@${DIGEST}`, "a.b", "c", "1", `a.b/c:1@${DIGEST}`],
  ["reg.example+5000%a%b+1", "reg.example:5000", "a/b", "1", "reg.example:5000/a/b:1"],
];

for (const [text, registry, repository, tag, familiar] of REFERENCES) {
  test(`parseReference() reads ${text}`, () => {
    const found = parseReference(text);
    assert.equal([found.registry, found.repository, found.tag], [registry, repository, tag]);
    assert.is(familiarName(found), familiar);
  });

  test(`fileName() of ${text} leads back to it`, () => {
    const reference = { ...parseReference(text), plainHttp: false };
    assert.not.match(fileName(reference), /[/:]/);
    assert.equal(parseReference(fileName(reference)), reference);
  });
}

test("parseReference() knows who wants to speak in the clear", () => {
  assert.is(parseReference("http://reg.example/a").plainHttp, true);
  assert.is(parseReference("https://reg.example/a").plainHttp, false);
});

test("parseReference() fills in another registry and prefix where none is given", () => {
  const usual = parsePlace("http://reg.example:5000/mirror/hub/");
  const found = parseReference("a/b", usual);
  assert.equal([found.registry, found.repository], ["reg.example:5000", "mirror/hub/a/b"]);
  assert.is(found.plainHttp, true);
  const other = parseReference("x.example/a", usual);
  assert.equal([other.repository, other.plainHttp], ["a", false]);
});

test("parseReference() puts Docker Hub's own images into its library, by whatever name", () => {
  assert.is(parseReference("a", parsePlace("registry-1.docker.io")).repository, "library/a");
});

/** What is written, and how it is understood. */
const PLACES: readonly (readonly [string, string | undefined])[] = [
  ["reg.example", "reg.example"],
  ["https://reg.example:5000/", "reg.example:5000"],
  ["http://[::1]:5000/a/b//", "http://[::1]:5000/a/b"],
  ["localhost", "localhost"],
  ["internal/a", "internal:443/a"],
  ["http://internal", "http://internal:80"],
  ["", undefined],
  ["/a", undefined],
  ["reg.example:1:2", undefined],
  ["reg.example/A", undefined],
  ["ftp://reg.example", undefined],
];

for (const [text, understood] of PLACES) {
  test(`parsePlace() understands "${text}" as ${understood}`, () => {
    const place = parsePlace(text);
    assert.is(place && formatPlace(place), understood);
  });
}

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["", /has no name/],
  ["reg.example/", /has no name/],
  ["Alpine", /lower case/],
  ["a//b", /is no name/],
  ["../b", /it is a path/],
  ["a:b:c", /is no tag/],
  ["a:", /is no tag/],
  ["a@sha256:12", /is no digest/],
  ["a b", /is no name/],
  ["-reg.example/a", /is no host/],
  ["reg.example:123456/a", /is no host/],
  ["a\nb", /is no name|no image reference/],
];

for (const [text, words] of REFUSED) {
  test(`parseReference() refuses "${text}"`, () => {
    assert.throws(() => parseReference(text), words);
  });
}

test.run();
