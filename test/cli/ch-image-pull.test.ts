/** ch-image pull from a real registry, and ch-run on what comes of it. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startImage } from "../helpers/ch-image.ts";
import { eventually } from "../helpers/eventually.ts";
import { startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage, makeNoise } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { messages, must, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository, sha256, TYPES } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  const config = {
    Env: ["PATH=/bin", "GREETING=hello"],
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: ["echo $GREETING from $PWD"],
    WorkingDir: "/data",
  };
  const image = await repository.putImage(layers, { tag: "latest" });
  await repository.putImage(layers, { tag: "config", config });
  await repository.putImage(layers, { tag: "docker", docker: true });
  await repository.putImage(layers, { tag: "arm64", platform: "linux/arm64" });
  const platform = { os: "linux", architecture: "s390x" };
  const index = { schemaVersion: 2, manifests: [{ ...image, platform }] };
  await repository.putManifest(index, TYPES.index, "index");
  return registry;
}

const registry = HAS_REGISTRY ? await prepare() : "";
const NAME = `${registry}/test/image`;

/** A folder whose storage keeps images as one tree each, as if overlayfs did not work. */
function keepTrees(folder: string): void {
  makeTree(join(folder, "storage"), { form: `flat ${runAny("uname", ["-r"]).stdout}` });
}

registryTest("an image that was pulled runs by its name, with all that layers hide hidden", () =>
  withFolder((folder) => {
    const told = JSON.parse(assertDone(chImage(folder, "pull", "--json", NAME)));
    assert.equal([told.name, told.platform], [`${NAME}:latest`, "linux/amd64"]);
    assert.is(assertDone(runStored(folder, NAME, "--", "/bin/sh", "-c", SHOW)), SHOWN);
    assertDone(chImage(folder, "pull", `${NAME}:docker`, "mine"));
    assert.is(assertDone(runStored(folder, "mine", "--", "/bin/sh", "-c", SHOW)), SHOWN);
  }),
);

registryTest("an image runs alike where overlayfs does not work", () =>
  withFolder((folder) => {
    keepTrees(folder);
    assertDone(chImage(folder, "pull", NAME, "mine"));
    assert.match(readdirSync(join(folder, "storage/layers")).join(), /^tree-[0-9a-f]+$/);
    assert.is(assertDone(runStored(folder, "mine", "--", "/bin/sh", "-c", SHOW)), SHOWN);
    assertDone(chImage(folder, "pull", `${NAME}:config`, "other"));
    assert.is(assertDone(runStored(folder, "other")), "hello from /data\n");
  }),
);

registryTest("the image's configuration counts: environment, command, directory", () =>
  withFolder((folder) => {
    assertDone(chImage(folder, "pull", `${NAME}:config`, "mine"));
    assert.is(assertDone(runStored(folder, "mine")), "hello from /data\n");
  }),
);

registryTest("layers may be compressed by zstd, or not at all", () =>
  withFolder(async (folder) => {
    const repository = new Repository(registry, "test/packed");
    const [base = "", middle = "", top = ""] = makeTrees(join(folder, "image"));
    const layers = [
      await putTree(repository, base, "+zstd"),
      await putTree(repository, middle, ""),
    ];
    await repository.putImage([...layers, await putTree(repository, top)], { tag: "latest" });
    assertDone(chImage(folder, "pull", `${registry}/test/packed`, "mine"));
    assert.is(assertDone(runStored(folder, "mine", "--", "/bin/sh", "-c", SHOW)), SHOWN);
  }),
);

const DEVICES = `
import sys, tarfile
with tarfile.open(sys.argv[1], "w") as archive:
    for name, kind in ("dev/a", tarfile.CHRTYPE), ("dev/b", tarfile.BLKTYPE), ("dev/c", tarfile.FIFOTYPE):
        member = tarfile.TarInfo(name)
        member.type = kind
        archive.addfile(member)
`;

registryTest("devices are left out, and counted", () =>
  withFolder(async (folder) => {
    const repository = new Repository(registry, "test/devices");
    must("python3", "-c", DEVICES, join(folder, "tar"));
    const bytes = readFileSync(join(folder, "tar"));
    const base = await putTree(repository, makeImage(join(folder, "base")));
    const blob = await repository.putBlob(bytes, "application/vnd.oci.image.layer.v1.tar");
    await repository.putImage([base, { blob, diffId: sha256(bytes) }], { tag: "latest" });
    const { status, stderr } = chImage(folder, "pull", `${registry}/test/devices`, "mine");
    assert.is(status, 0);
    assert.equal(messages(stderr), [`warning: left out of layer ${blob.digest}: 2 devices`]);
  }),
);

registryTest("what storage has is not fetched again", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    const name = `${proxy.address}/test/image`;
    assertDone(await startImage(folder, "pull", name).ended);
    const first = proxy.log.splice(0).filter((line) => line.includes("/blobs/"));
    assert.is(new Set(first).size, 4);
    assertDone(await startImage(folder, "pull", `${name}:docker`).ended);
    assert.equal(proxy.log.filter((line) => line.includes("/blobs/")).length, 1);
  }),
);

registryTest("many that pull the same at once fetch each layer once, and all succeed", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    const pulls = ["a", "b", "c", "d", "e", "f"].map((name) =>
      startImage(folder, "pull", `${proxy.address}/test/image`, name),
    );
    for (const { ended } of pulls) assertDone(await ended);
    const layers = proxy.log.filter((line) => line.includes("/blobs/"));
    // Everybody reads the configuration for himself.
    assert.is(layers.length, 3 + pulls.length);
    const names = assertDone(chImage(folder, "list"));
    assert.is(names, ["a", "b", "c", "d", "e", "f"].map((name) => `${name}:latest\n`).join(""));
    assert.is(assertDone(runStored(folder, "f", "--", "/bin/sh", "-c", SHOW)), SHOWN);
  }),
);

/** Put an image whose layer takes its time. */
async function putLarge(folder: string): Promise<number> {
  const repository = new Repository(registry, "test/large");
  const tree = makeTree(join(folder, "large"), { "x/": "" });
  makeNoise(join(tree, "noise"), 4);
  const layer = await putTree(repository, tree);
  await repository.putImage([layer], { tag: "latest" });
  return layer.blob.size;
}

registryTest("a pull that was killed goes on in another process, and leaves nothing", () =>
  withFolder(async (folder) => {
    const size = await putLarge(folder);
    const proxy = await startFaultProxy(registry);
    proxy.break(/blobs/, { kind: "pass" }, { kind: "stall", after: size / 2 });
    const name = `${proxy.address}/test/large`;
    const { child } = startImage(folder, "pull", name);
    const temporary = join(folder, "storage/tmp");
    const grown = (): number => {
      const part = readdirSync(temporary).find((file) => file.endsWith(".part"));
      return part ? statSync(join(temporary, part)).size : 0;
    };
    await eventually("a part of the layer", () => proxy.log.length >= 3 && grown() > 0);
    child.kill("SIGKILL");
    assert.is(assertDone(chImage(folder, "list")), "");
    proxy.log.length = 0;
    assertDone(await startImage(folder, "pull", name).ended);
    assert.match(proxy.log.at(-1) ?? "", / from [1-9]\d+$/);
    assert.equal(readdirSync(temporary), []);
  }),
);

registryTest("a connection that is cut is no failure", () =>
  withFolder(async (folder) => {
    const size = await putLarge(folder);
    const proxy = await startFaultProxy(registry);
    proxy.break(/blobs/, { kind: "pass" }, { kind: "cut", after: size / 2 });
    assertDone(await startImage(folder, "pull", `${proxy.address}/test/large`).ended);
  }),
);

registryTest("a layer that was changed on its way is refused, and no image is made", () =>
  withFolder(async (folder) => {
    const proxy = await startFaultProxy(registry);
    proxy.break(/blobs/, { kind: "pass" }, { kind: "garble" });
    const outcome = await startImage(folder, "pull", `${proxy.address}/test/image`).ended;
    assertRefused(outcome, 1, /cannot use blob "sha256:.*": its digest is "sha256:/);
    assert.is(assertDone(chImage(folder, "list")), "");
  }),
);

registryTest("a platform that there is no image for is an error, and one may be chosen", () =>
  withFolder((folder) => {
    const outcome = chImage(folder, "pull", "--arch=riscv64", `${NAME}:index`);
    assertRefused(outcome, 1, /:index": it has no image for linux\/riscv64$/);
    assert.match(outcome.stderr, /hint: there is: linux\/s390x$/m);
    assert.is(chImage(folder, "pull", "-a", "s390x", `${NAME}:index`).status, 0);
    assert.is(chImage(folder, "pull", "--platform=linux/s390x", `${NAME}:index`).status, 0);
    assertDone(chImage(folder, "pull", "--arch=yolo", `${NAME}:index`));
    const twice = chImage(folder, "pull", "--arch=arm", "--platform=arm", NAME);
    assertRefused(twice, 2, "--arch and --platform are the same: give one of them");
  }),
);

registryTest("an image that is for another platform only is taken with a warning", () =>
  withFolder((folder) => {
    const { status, stderr } = chImage(folder, "pull", "--arch=amd64", `${NAME}:arm64`);
    assert.is(status, 0);
    const warning = `warning: image "${NAME}:arm64" is for linux/arm64: it exists for no other platform`;
    assert.equal(messages(stderr), [warning]);
  }),
);

registryTest("an image that is not there is said not to be there", () =>
  withFolder((folder) => {
    const outcome = chImage(folder, "pull", `${NAME}:none`);
    assertRefused(outcome, 1, `there is no image "${NAME}:none" in the registry`);
  }),
);

const HAS_SKOPEO = runAny("sh", ["-c", "command -v skopeo"]).status === 0;

testIf(HAS_REGISTRY && HAS_SKOPEO, "no docker-registry or no skopeo here")(
  "skopeo reads storage as the OCI layout that it is",
  () =>
    withFolder((folder) => {
      assertDone(chImage(folder, "pull", NAME, "mine"));
      const from = `oci:${join(folder, "storage")}:mine:latest`;
      const to = `dir:${join(folder, "copy")}`;
      const outcome = runAny("skopeo", ["--insecure-policy", "copy", "-q", from, to]);
      assert.equal([outcome.status, outcome.stderr], [0, ""]);
    }),
);

runConditional();
