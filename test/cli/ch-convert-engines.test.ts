/** ch-convert from and to what podman and docker keep. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runStored } from "../helpers/ch-image.ts";
import { runLimited } from "../helpers/ch-run.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { SHOW, SHOWN } from "../helpers/layer.ts";
import { CONFIG, hasProgram, makeLayout } from "../helpers/layout.ts";
import { HAS_PODMAN, NO_PODMAN, podman, podmanEnvironment } from "../helpers/podman.ts";
import { installed, type Outcome } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

function convert(folder: string, ...args: readonly string[]): Outcome {
  const storage = { CH_IMAGE_STORAGE: join(folder, "storage"), TMPDIR: folder };
  const env = { ...podmanEnvironment(folder), ...storage };
  return runLimited(installed("ch-convert"), args, { env, cwd: folder });
}

const podmanTest = testIf(HAS_PODMAN, NO_PODMAN);

podmanTest("an image goes to podman and back with its layers and its configuration", () =>
  withFolder((folder) => {
    makeLayout(folder);
    assertDone(convert(folder, "layout", "containers-storage:some/image:1"));
    const [found] = JSON.parse(podman(folder, "image", "inspect", "some/image:1").stdout);
    assert.equal(found.Config, CONFIG);
    assert.is(found.RootFS.Layers.length, 3);
    convert(folder, "-i", "podman", "some/image:1", "back");
    assert.is(assertDone(runStored(folder, "back", "--", SHOW)), SHOWN);
    assert.is(assertDone(runStored(folder, "back")), "hello from /data\n");
  }),
);

podmanTest("a directory becomes an image of podman, and is not replaced unasked", () =>
  withFolder((folder) => {
    makeImage(join(folder, "image"));
    assertDone(convert(folder, "-o", "podman", "image", "made"));
    assert.match(podman(folder, "images", "--format", "{{.Repository}}").stdout, /\/made$/m);
    const again = convert(folder, "--no-clobber", "-o", "podman", "image", "made");
    assertRefused(again, 1, 'cannot write "made": it exists');
  }),
);

podmanTest("what podman does not have, and a program that is not there", () =>
  withFolder((folder) => {
    const none = convert(folder, "-i", "podman", "nothing", "out/");
    assertRefused(none, 1, /^error: podman save failed: .*nothing/);
  }),
);

testIf(!hasProgram("docker"), "docker is here")("ch-convert without docker says so", () =>
  withFolder((folder) => {
    const outcome = convert(folder, "docker-daemon:any", "out/");
    assertRefused(outcome, 1, /cannot run "docker": (No such file or directory|Permission denied)/);
  }),
);

runConditional();
