/** ch-convert between all formats: one image goes through all of them and comes out the same. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runLimited } from "../helpers/ch-run.ts";
import { makeDifficult } from "../helpers/difficult.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeTar } from "../helpers/image.ts";
import { makeTree } from "../helpers/layer.ts";
import { CONFIG, makeLayout } from "../helpers/layout.ts";
import { installed, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { snapshot } from "../helpers/tree.ts";

function convert(folder: string, ...args: readonly string[]): Outcome {
  const env = { CH_IMAGE_STORAGE: join(folder, "storage"), TMPDIR: folder };
  return runLimited(installed("ch-convert"), args, { env, cwd: folder });
}

/** What is in a tree, but for what belongs to the metadata, which is written anew. */
function contents(tree: string): string[] {
  return snapshot(tree).filter((line) => !/^ch( |\/)/.test(line));
}

/** Every format is read once and written once. */
const ROUTE = [
  "tree/",
  "oci:layout:a/b:c",
  "one.tar",
  "docker-archive:two.tar",
  "three.sqfs",
  "ch-image:some/image",
  "oci-archive:four.tar",
  "five.tar.gz",
  "oci-archive:six.tar:d",
  "docker-archive:seven.tar:e:f",
  "ch-image:other",
  "oci:eight",
  "end/",
];

test("ch-convert takes a tree through all formats without a loss", () =>
  withFolder((folder) => {
    const start = makeImage(join(folder, "start"));
    makeDifficult(join(start, "difficult"));
    makeTree(start, { "ch/metadata.json": JSON.stringify({ config: CONFIG }) });
    makeTar(start, join(folder, "start.tar"));
    // The first tree has the mount points and the permissions that all others get.
    assertDone(convert(folder, "start.tar", "tree/"));
    for (const [index, to] of ROUTE.entries()) {
      if (index > 0) {
        const outcome = convert(folder, ROUTE[index - 1] ?? "", to);
        assert.equal([outcome.status, outcome.stderr], [0, ""], to);
      }
    }
    assert.equal(contents(join(folder, "end")), contents(join(folder, "tree")));
    const { config, history } = JSON.parse(
      readFileSync(join(folder, "end/ch/metadata.json"), "utf8"),
    );
    assert.equal(config, CONFIG);
    assert.is(history.filter((entry: { empty_layer?: boolean }) => !entry.empty_layer).length, 1);
  }));

test("ch-convert keeps the layers where the other format has layers, too", () =>
  withFolder((folder) => {
    makeLayout(folder, "any");
    assertDone(convert(folder, "layout", "docker-archive:a.tar"));
    assertDone(convert(folder, "a.tar", "ch-image:image"));
    assertDone(convert(folder, "image", "oci:out"));
    const index = JSON.parse(readFileSync(join(folder, "out/index.json"), "utf8"));
    const blob = (digest: string) =>
      JSON.parse(readFileSync(join(folder, "out/blobs", digest.replace(":", "/")), "utf8"));
    const { layers, config } = blob(index.manifests[0].digest);
    assert.equal([layers.length, blob(config.digest).history.length], [3, 3]);
  }));

test("ch-convert takes names for images in storage, and paths that exist for paths", () =>
  withFolder((folder) => {
    const image = makeImage(join(folder, "image"));
    assert.match(convert(folder, "-n", "image", "name").stdout, 'output: image in storage "name"');
    assert.match(assertDone(convert(folder, image, "name")), /^name:latest: sha256:/);
    assert.match(convert(folder, "-n", "name", "x.tar").stdout, 'input:  image in storage "name"');
    assert.match(convert(folder, "-n", "image", "x.tar").stdout, 'input:  directory "image"');
    assertRefused(convert(folder, "other", "x.tar"), 1, /"other": No such file or directory$/);
  }));

const NAMES: readonly (readonly [string, string])[] = [
  ["x.sqfs", "SquashFS image"],
  ["x.squash", "SquashFS image"],
  ["x.squashfs", "SquashFS image"],
  ["x.squishy", "SquashFS image"],
  ["x.tar", "tar archive"],
  ["x.tgz", "tar archive"],
  ["x.tar.bz2", "tar archive"],
  ["./x", "directory"],
  ["x/", "directory"],
  ["x:1.0", "image in storage"],
  ["docker://example.com/x", "image in a registry"],
  ["docker-daemon:x", "image of docker"],
  ["containers-storage:x", "image of podman"],
];

for (const [name, noun] of NAMES) {
  test(`ch-convert takes an OUT of "${name}" for a ${noun}`, () =>
    withFolder((folder) => {
      makeLayout(folder);
      assert.match(convert(folder, "-n", "layout", name).stdout, `output: ${noun} "${name}"`);
    }));
}

test("ch-convert -s names the storage of both sides", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    assertDone(convert(folder, "-s", `${folder}/other`, "image", "name"));
    assertRefused(convert(folder, "name", "x.tar"), 1, /"name": No such file or directory$/);
    assertDone(convert(folder, "--storage=other", "-i", "ch-image", "name", "x.tar"));
  }));

test("ch-convert --no-clobber keeps what is there", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    for (const out of ["ch-image:name", "oci:layout", "oci-archive:a.tar"]) {
      assert.is(convert(folder, "--no-clobber", "image", out).status, 0, out);
      assertRefused(convert(folder, "--no-clobber", "image", out), 1, /: it exists$/);
      assert.is(convert(folder, "image", out).status, 0, out);
    }
    writeFileSync(join(folder, "file"), "");
    const other = /it exists and is not an OCI image layout$/;
    assertRefused(convert(folder, "image", "oci:file"), 1, other);
    assertRefused(convert(folder, "layout", "oci:image"), 1, other);
  }));

test("ch-convert takes no file that is there for the name of an image in storage", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    writeFileSync(join(folder, "notes.txt"), "");
    const outcome = convert(folder, "image", "notes.txt");
    assertRefused(
      outcome,
      2,
      /cannot tell the format of "notes.txt", which exists, from its name$/,
    );
    assert.is(convert(folder, "image", "ch-image:notes.txt").status, 0);
  }));

test("ch-convert refuses compressions that mean nothing", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    const archive = convert(folder, "--compress=gzip", "image", "docker-archive:a.tar");
    assertRefused(archive, 2, "--compress has no meaning for a Docker archive");
    const layer = convert(folder, "--compress=xz", "image", "oci:a");
    assertRefused(layer, 2, 'cannot compress a layer with "xz"');
    assertDone(convert(folder, "--compress=zstd", "image", "oci:a"));
    assertDone(convert(folder, "oci:a", "b/"));
  }));

test.run();
