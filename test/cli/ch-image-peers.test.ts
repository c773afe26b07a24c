/** What podman and umoci make of storage as it is, and of what ch-image pushes. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { CONFIG, hasProgram, makeLayout } from "../helpers/layout.ts";
import { HAS_PODMAN, NO_PODMAN, podman } from "../helpers/podman.ts";
import { must, runAny } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const podmanTest = testIf(HAS_PODMAN, NO_PODMAN);
const pushTest = testIf(HAS_PODMAN && HAS_REGISTRY, HAS_PODMAN ? NO_REGISTRY : NO_PODMAN);

/** Do something in a folder whose storage has the image "mine". */
function withMine(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      assertDone(chImage(folder, "import", makeLayout(folder, "mine:latest").path, "mine"));
      return work(folder);
    });
}

/** Have podman pull an image, and hold it against what went into it. */
function assertPulled(folder: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = podman(folder, "pull", "--quiet", ...args);
  assert.is(status, 0, stderr);
  const [found] = JSON.parse(podman(folder, "image", "inspect", stdout.trim()).stdout);
  assert.equal(found.Config, CONFIG);
  assert.is(found.RootFS.Layers.length, 3);
}

podmanTest(
  "podman pulls from storage as it is",
  // By a path that has no capitals, which podman takes for an image's name.
  withMine((folder) => assertPulled(folder, "oci:storage:mine:latest")),
);

pushTest(
  "podman pulls what ch-image has pushed",
  withMine(async (folder) => {
    const name = `${await startRegistry()}/some/image`;
    assertDone(chImage(folder, "push", "mine", name));
    assertPulled(folder, "--tls-verify=false", name);
  }),
);

testIf(hasProgram("umoci"), "no umoci here")(
  "umoci unpacks from storage as it is",
  withMine((folder) => {
    const [image, bundle] = [join(folder, "storage:mine:latest"), join(folder, "bundle")];
    must("umoci", "unpack", "--rootless", "--image", image, bundle);
    const files = ["data/b", "data/e", "gone/y"].map((name) => join(bundle, "rootfs", name));
    assert.is(runAny("cat", files).stdout, "233");
  }),
);

runConditional();
