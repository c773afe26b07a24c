/** That podman and buildah run what ch-image pushes: both do more than a user may here. */
import * as assert from "uvu/assert";
import { chImage } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { hasProgram, makeLayout } from "../helpers/layout.ts";
import { HAS_PODMAN, NO_PODMAN, podmanEnvironment } from "../helpers/podman.ts";
import { type Outcome, runAny } from "../helpers/program.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const IS_ROOT = process.getuid?.() === 0;

function rootTest(isHere: boolean, reason: string): ReturnType<typeof testIf> {
  const missing = IS_ROOT ? NO_REGISTRY : "not root";
  return testIf(isHere && HAS_REGISTRY && IS_ROOT, isHere ? missing : reason);
}

/** With limits that nobody has to raise, and control groups as crun wants to see them. */
const PREPARE = "mount -t cgroup2 none /sys/fs/cgroup && ulimit -n 1024 -u 1024 &&";

function inPrivate(folder: string, command: string, ...args: readonly string[]): Outcome {
  const shell = ["bash", "-c", `${PREPARE} ${command}`, "bash", ...args];
  const env = podmanEnvironment(folder);
  return runAny("unshare", ["--mount", "--cgroup", ...shell], { env, cwd: folder });
}

/** Do something with an image that was pushed. */
function withPushed(work: (folder: string, name: string) => unknown): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      const name = `${await startRegistry()}/some/image`;
      assertDone(chImage(folder, "import", makeLayout(folder).path, "mine"));
      assertDone(chImage(folder, "push", "mine", name));
      return work(folder, name);
    });
}

rootTest(HAS_PODMAN, NO_PODMAN)(
  "podman runs what ch-image has pushed",
  withPushed((folder, name) => {
    const command =
      'podman run --rm --quiet --tls-verify=false --network none --cgroups disabled --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$1"';
    const { status, stdout, stderr } = inPrivate(folder, command, name);
    assert.equal([status, stdout], [0, "hello from /data\n"], stderr);
  }),
);

rootTest(hasProgram("buildah"), "no buildah here")(
  "buildah begins with what ch-image has pushed, and runs it",
  withPushed((folder, name) => {
    const command =
      'buildah from -q --tls-verify=false --name it "$1" >&2 && buildah run --isolation chroot it -- /bin/sh -c "cat b e; echo \\$GREETING \\$PWD"';
    const { status, stdout, stderr } = inPrivate(folder, command, name);
    assert.equal([status, stdout], [0, "23hello /data\n"], stderr);
  }),
);

runConditional();
