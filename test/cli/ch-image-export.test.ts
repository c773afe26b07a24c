/** ch-image export: what is written is what was imported, and what others read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chImage, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { SHOW, SHOWN } from "../helpers/layer.ts";
import { CONFIG, hasProgram, makeLayout } from "../helpers/layout.ts";
import { must, run, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { sha256 } from "../helpers/registry-content.ts";
import { testIf } from "../helpers/test-if.ts";

const HAS_SKOPEO = hasProgram("skopeo");

/** Do something in a folder whose storage has the image "some/image:1". */
function withImage(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      const layout = makeLayout(folder, "some/image:1");
      assertDone(chImage(folder, "import", layout.path));
      return work(folder);
    });
}

function exported(folder: string, path: string, ...args: readonly string[]): string {
  assertDone(chImage(folder, "export", "some/image:1", join(folder, path), ...args));
  return join(folder, path);
}

test(
  "ch-image export and import of a layout keep every digest",
  withImage((folder) => {
    const path = exported(folder, "out", "--format=oci");
    const entry = (index: string) => {
      const { digest, annotations } = JSON.parse(readFileSync(index, "utf8")).manifests[0];
      return { digest, annotations };
    };
    assert.equal(entry(join(path, "index.json")), entry(join(folder, "layout/index.json")));
    const blobs = (layout: string) =>
      must("sh", "-c", 'cd "$1"/blobs/sha256 && sha256sum *', "sh", layout);
    assert.is(blobs(path), blobs(join(folder, "layout")));
  }),
);

for (const kind of ["oci", "oci-archive", "docker-archive"] as const) {
  testIf(HAS_SKOPEO, "no skopeo here")(
    `skopeo reads what ch-image export writes, ${kind}`,
    withImage((folder) => {
      const path = exported(folder, "out", `--format=${kind}`);
      const again = `oci:${folder}/again:any`;
      must("skopeo", "--insecure-policy", "copy", "-q", `${kind}:${path}`, again);
      const { config, history } = JSON.parse(must("skopeo", "inspect", "--config", again));
      assert.equal(config, CONFIG);
      assert.is(history.length, 3);
      assertDone(chImage(folder, "import", again, "again"));
      assert.is(assertDone(runStored(folder, "again", "--", SHOW)), SHOWN);
    }),
  );
}

testIf(hasProgram("umoci"), "no umoci here")(
  "umoci unpacks what ch-image export writes",
  withImage((folder) => {
    const path = exported(folder, "out", "--format=oci");
    const bundle = join(folder, "bundle");
    must("umoci", "unpack", "--rootless", "--image", `${path}:some/image:1`, bundle);
    const shown = runAny("sh", [
      "-c",
      'cd "$1" && cat data/b data/e gone/y',
      "sh",
      `${bundle}/rootfs`,
    ]);
    assert.is(shown.stdout, "233");
  }),
);

test(
  "ch-image export writes the same bytes again, and a Docker archive is tagged",
  withImage((folder) => {
    for (const kind of ["oci-archive", "docker-archive"]) {
      const [first, second] = ["first", "second"].map((name) =>
        sha256(readFileSync(exported(folder, name, `--format=${kind}`))),
      );
      assert.is(first, second);
    }
    const list = must("tar", "-xOf", join(folder, "first"), "manifest.json");
    const [{ RepoTags, Layers }] = JSON.parse(list);
    assert.equal([RepoTags, Layers.length], [["some/image:1"], 3]);
  }),
);

test(
  "ch-image export tells the format by the name, as ch-convert",
  withImage((folder) => {
    assert.match(must("file", "-b", exported(folder, "out.tar")), "tar archive");
    assert.is(assertDone(runStored(folder, exported(folder, "out/"), "--", SHOW)), SHOWN);
    const name = chImage(folder, "export", "some/image:1", join(folder, "out.what"));
    assertRefused(name, 2, /cannot tell the format of ".*out.what" from its name/);
    assert.match(name.stderr, "hint: say which with --format=dir");
    const args = ["-s", "storage", "export", "some/image:1", "bare"];
    assert.match(assertDone(run("ch-image", args, { cwd: folder })), 'directory "bare"');
    assert.is(assertDone(runStored(folder, join(folder, "bare"), "--", SHOW)), SHOWN);
  }),
);

test("ch-image export of what is not there", () =>
  withFolder((folder) => {
    const outcome = chImage(folder, "export", "nothing", join(folder, "out.tar"));
    assertRefused(outcome, 1, 'there is no image "nothing:latest" in storage');
  }));

test.run();
