/** ch-image import: images on disk, of every kind, as others have made them. */
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImage, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeSquash, makeTar } from "../helpers/image.ts";
import { makeTree, makeTrees, SHOW, SHOWN } from "../helpers/layer.ts";
import { CONFIG, hasProgram, Layout, makeLayout } from "../helpers/layout.ts";
import { must, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { makeSif } from "../helpers/sif.ts";
import { testIf } from "../helpers/test-if.ts";

const HAS_SKOPEO = hasProgram("skopeo");

/** Check that an image came whole: what layers hide is hidden, and its configuration counts. */
function assertWhole(folder: string, name: string): void {
  assert.is(assertDone(runStored(folder, name, "--", SHOW)), SHOWN);
  assert.is(assertDone(runStored(folder, name)), "hello from /data\n");
  const { env, labels, history } = JSON.parse(assertDone(chImage(folder, "inspect", name)));
  assert.equal([env, labels, history.length], [CONFIG.Env, CONFIG.Labels, 3]);
}

function imported(folder: string, path: string, ...args: readonly string[]): string {
  return assertDone(chImage(folder, "import", join(folder, path), ...args));
}

test("ch-image import takes an OCI image layout as it is", () =>
  withFolder((folder) => {
    const layout = makeLayout(folder, "registry.example.com/some/image:1");
    const [{ digest }] = JSON.parse(
      readFileSync(join(layout.path, "index.json"), "utf8"),
    ).manifests;
    const name = "registry.example.com/some/image:1";
    assert.match(imported(folder, "layout"), `${name}: ${digest}, `);
    assertWhole(folder, name);
    imported(folder, "layout", "mine");
    assertWhole(folder, "mine");
  }));

for (const kind of ["oci-archive", "docker-archive"] as const) {
  testIf(HAS_SKOPEO, "no skopeo here")(`ch-image import takes what skopeo writes, ${kind}`, () =>
    withFolder((folder) => {
      makeLayout(folder, "any");
      const archive = join(folder, "archive.tar");
      const to = `${kind}:${archive}:some/image:1`;
      must("skopeo", "--insecure-policy", "copy", "-q", `oci:${folder}/layout:any`, to);
      imported(folder, "archive.tar");
      assertWhole(folder, "some/image:1");
      writeFileSync(`${archive}.gz`, gzipSync(readFileSync(archive)));
      imported(folder, "archive.tar.gz", "compressed");
      assertWhole(folder, "compressed");
      must("zstd", "-q", archive);
      imported(folder, "archive.tar.zst", "forced", `--format=${kind}`);
      assertWhole(folder, "forced");
    }),
  );
}

testIf(hasProgram("umoci"), "no umoci here")("ch-image import takes what umoci has made", () =>
  withFolder((folder) => {
    const tree = makeImage(join(folder, "tree"));
    const image = `${folder}/layout:any`;
    must("umoci", "init", "--layout", join(folder, "layout"));
    must("umoci", "new", "--image", image);
    must("umoci", "insert", "--rootless", "--image", image, tree, "/");
    must("umoci", "config", "--image", image, "--config.env", "PATH=/bin", "--config.cmd", "ls");
    imported(folder, "layout", "mine");
    assert.match(assertDone(runStored(folder, "mine")), /^bin\n/);
  }),
);

test("ch-image import makes one layer of a root file system, of whatever kind", () =>
  withFolder((folder) => {
    const tree = makeImage(join(folder, "tree"));
    makeTree(tree, { "ch/metadata.json": JSON.stringify({ config: CONFIG }), "data/": "" });
    // SquashFS and plain tar know whole seconds.
    must("sh", "-c", 'find "$1" -exec touch -hd @1000000000 {} +', "sh", tree);
    makeTar(tree, join(folder, "tree.tar.gz"));
    makeSquash(tree, join(folder, "tree.sqfs"));
    makeSif(join(folder, "tree.sqfs"), join(folder, "tree.sif"));
    const digests = ["tree", "tree.tar.gz", "tree.sqfs", "tree.sif"].map((path) => {
      const line = imported(folder, path);
      assert.match(line, /^tree:latest: sha256:/);
      assert.is(assertDone(runStored(folder, "tree")), "hello from /data\n");
      return line;
    });
    assert.is(new Set(digests).size, 1, "the same tree is the same image");
  }));

testIf(hasProgram("getfattr"), "no getfattr here")(
  "ch-image import keeps extended attributes, hard links and times",
  () =>
    withFolder((folder) => {
      const tree = makeImage(join(folder, "tree"));
      writeFileSync(join(tree, "file"), "x");
      must("setfattr", "-n", "user.some", "-v", "value", join(tree, "file"));
      must("ln", join(tree, "file"), join(tree, "other"));
      must("touch", "-d", "2001-02-03 04:05:06.789 UTC", join(tree, "file"));
      imported(folder, "tree");
      assertDone(chImage(folder, "export", "tree", join(folder, "out/")));
      const show = 'cd "$1"; stat -c "%h %y" file other; getfattr -d file';
      const [before, after] = ["tree", "out"].map((name) =>
        must("sh", "-c", show, "sh", join(folder, name)),
      );
      assert.match(before ?? "", 'user.some="value"');
      assert.is(after, before);
    }),
);

test("ch-image import reads what earlier versions kept of an image", () =>
  withFolder((folder) => {
    const tree = makeImage(join(folder, "tree"));
    const old = { arch: "amd64", cwd: "/data", env: { PATH: "/bin", A: "b" }, labels: { x: "y" } };
    makeTree(tree, { "ch/metadata.json": JSON.stringify(old), "data/": "" });
    imported(folder, "tree");
    const { env, labels, workingDir } = JSON.parse(assertDone(chImage(folder, "inspect", "tree")));
    assert.equal([env, labels, workingDir], [["PATH=/bin", "A=b"], { x: "y" }, "/data"]);
  }));

test("ch-image import of several images wants to know which", () =>
  withFolder((folder) => {
    const layout = new Layout(join(folder, "layout"));
    const trees = makeTrees(join(folder, "trees"));
    layout.add(trees, "a/one:1");
    layout.add(trees, "a/two:1");
    const unsure = chImage(folder, "import", layout.path);
    assertRefused(unsure, 1, `cannot tell which image of "${layout.path}" is meant`);
    assert.match(unsure.stderr, "hint: there is: a/one:1, a/two:1");
    const none = chImage(folder, "import", `oci:${layout.path}:a/three:1`);
    assertRefused(none, 1, `there is no image "a/three:1" in "${layout.path}"`);
    assertDone(chImage(folder, "import", `oci:${layout.path}:a/two:1`));
    assert.is(assertDone(chImage(folder, "list")), "a/two:1\n");
  }));

test("ch-image import takes the image for a platform", () =>
  withFolder((folder) => {
    const layout = new Layout(join(folder, "layout"));
    const trees = makeTrees(join(folder, "trees"));
    for (const architecture of ["s390x", "arm64"]) layout.add(trees, "image:1", architecture);
    const platform = (): string =>
      JSON.parse(assertDone(chImage(folder, "inspect", "mine"))).platform;
    for (const architecture of ["s390x", "arm64"]) {
      imported(folder, "layout", "mine", `--arch=${architecture}`);
      assert.is(platform(), `linux/${architecture}`);
    }
    const other = chImage(folder, "import", layout.path, "mine", "--arch=riscv64");
    assertRefused(other, 1, /it has no image for linux\/riscv64$/);
  }));

test("ch-image import refuses what is damaged, and keeps nothing of it", () =>
  withFolder((folder) => {
    const layout = makeLayout(folder, "image:1");
    const manifest = JSON.parse(readFileSync(join(layout.path, "index.json"), "utf8")).manifests[0];
    const { layers } = JSON.parse(readFileSync(layout.blob(manifest.digest), "utf8"));
    truncateSync(layout.blob(layers[1].digest), layers[1].size - 1);
    assertRefused(chImage(folder, "import", layout.path), 1, /cannot use blob "sha256:/);
    assert.is(assertDone(chImage(folder, "list")), "");
    writeFileSync(layout.blob(manifest.digest), "{}");
    assertRefused(chImage(folder, "import", layout.path), 1, /cannot use blob "sha256:/);
    makeTar(layout.path, join(folder, "damaged.tar"));
    assertRefused(chImage(folder, "import", join(folder, "damaged.tar")), 1, /cannot use blob/);
    assert.ok(!existsSync(join(folder, "storage/img/image+1")));
  }));

test("ch-image import says what is no image", () =>
  withFolder((folder) => {
    writeFileSync(join(folder, "text"), "text\n".repeat(1000));
    const text = chImage(folder, "import", join(folder, "text"));
    assertRefused(text, 1, /cannot convert ".*": not an image of a known format/);
    const gone = chImage(folder, "import", join(folder, "gone"));
    assertRefused(gone, 1, /"[^"]*gone": No such file or directory$/);
    const engine = chImage(folder, "import", join(folder, "text"), "--format=docker");
    assertRefused(engine, 2, "--format=docker is for nothing on disk");
    assert.is(runAny("ls", [join(folder, "storage/img")]).stdout, "");
  }));

test.run();
