/** ch-image push to a real registry, and what others and we make of it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startImage } from "../helpers/ch-image.ts";
import { startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeImage } from "../helpers/image.ts";
import { makeTree, makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { must, runAny } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

const CONFIG = {
  Env: ["PATH=/bin", "GREETING=hello"],
  Entrypoint: ["/bin/sh", "-c"],
  Cmd: ["echo $GREETING from $PWD"],
  WorkingDir: "/data",
  Labels: { colour: "red" },
};

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "from/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  await repository.putImage(layers, { tag: "latest", config: CONFIG });
  await repository.putImage(layers, { tag: "docker", docker: true });
  await repository.putImage(layers, { tag: "arm64", platform: "linux/arm64" });
  return registry;
}

const registry = HAS_REGISTRY ? await prepare() : "";

/** A manifest as the registry has it. */
async function manifestOf(name: string, tag = "latest"): Promise<Record<string, unknown>> {
  const types = ["image.manifest", "image.index"].map((t) => `application/vnd.oci.${t}.v1+json`);
  const docker = ["v2", "list.v2"].map(
    (t) => `application/vnd.docker.distribution.manifest.${t}+json`,
  );
  const accept = [...types, ...docker].join(", ");
  const answer = await fetch(`http://${registry}/v2/${name}/manifests/${tag}`, {
    headers: { accept },
  });
  const digest = answer.headers.get("docker-content-digest");
  return { ...((await answer.json()) as object), digest };
}

/** Do something in a folder whose storage has the image "mine". */
function withMine(work: (folder: string) => unknown): () => Promise<void> {
  return () =>
    withFolder((folder) => {
      assertDone(chImage(folder, "pull", `${registry}/from/image`, "mine"));
      return work(folder);
    });
}

/** Another folder below, with storage of its own. */
function elsewhere(folder: string): string {
  mkdirSync(join(folder, "elsewhere"));
  return join(folder, "elsewhere");
}

registryTest(
  "an image that is pushed is the very image that was pulled, and runs when pulled again",
  withMine(async (folder) => {
    const output = assertDone(chImage(folder, "push", "mine", `${registry}/to/image:1`));
    assert.match(output, /^\S+\/to\/image:1: sha256:\w+, 0 blobs sent, 4 taken over, 0 already/);
    assert.is(
      (await manifestOf("to/image", "1"))["digest"],
      (await manifestOf("from/image"))["digest"],
    );
    const other = elsewhere(folder);
    assertDone(chImage(other, "pull", `${registry}/to/image:1`, "again"));
    assert.is(assertDone(runStored(other, "again", "--", SHOW)), SHOWN);
    assert.is(assertDone(runStored(other, "again")), "hello from /data\n");
  }),
);

registryTest(
  "without another name an image goes where its own name says",
  withMine(async (folder) => {
    const name = `${registry}/named/image`;
    assertDone(chImage(folder, "tag", "mine", name));
    assert.match(assertDone(chImage(folder, "push", name)), /, 4 taken over, /);
    assert.match(assertDone(chImage(folder, "push", name)), /, 4 already there$/m);
    const told = JSON.parse(assertDone(chImage(folder, "push", "--json", name)));
    const { digest } = await manifestOf("named/image");
    assert.equal(told, { name: `${name}:latest`, digest, sent: 0, takenOver: 0, there: 4 });
  }),
);

registryTest("what the registry lacks is sent, and nothing else", () =>
  withFolder(async (folder) => {
    const other = await startRegistry({ data: "other" });
    assertDone(chImage(folder, "pull", `${registry}/from/image`, "mine"));
    const proxy = await startFaultProxy(other);
    const push = async (name: string): Promise<string> =>
      assertDone(await startImage(folder, "push", "mine", `${proxy.address}/${name}`).ended);
    assert.match(await push("a/b"), / 4 blobs sent, 0 taken over, 0 already there$/m);
    assert.is(proxy.log.filter((line) => line.startsWith("PUT ")).length, 5);
    proxy.log.length = 0;
    assert.match(await push("a/b:2"), / 0 blobs sent, 0 taken over, 4 already there$/m);
    assert.is(proxy.log.filter((line) => /^(POST|PATCH|PUT) /.test(line)).length, 1);
  }),
);

for (const compression of ["gzip", "zstd"]) {
  registryTest(`a directory is pushed as one layer, compressed by ${compression}`, () =>
    withFolder(async (folder) => {
      const tree = makeImage(join(folder, "tree"));
      const history = [{ created_by: "before" }];
      const platform = { os: "linux", architecture: "amd64" };
      const metadata = { ...platform, config: CONFIG, history, rootfs: { diff_ids: [] } };
      makeTree(tree, { "data/x": "1", "ch/metadata.json": JSON.stringify(metadata) });
      const name = `${registry}/tree/${compression}`;
      const push = () =>
        chImage(folder, "push", `--image=${tree}`, `--compression=${compression}`, name);
      const output = assertDone(push());
      assert.match(output, / 2 blobs sent, 0 taken over, 0 already there$/m);
      assert.match(assertDone(push()), / 2 already there$/m);
      const { layers } = await manifestOf(`tree/${compression}`);
      const [{ mediaType }] = layers as [{ mediaType: string }];
      assert.is(mediaType, `application/vnd.oci.image.layer.v1.tar+${compression}`);
      assertDone(chImage(folder, "pull", name, "mine"));
      assert.is(assertDone(runStored(folder, "mine")), "hello from /data\n");
      const image = JSON.parse(assertDone(chImage(folder, "inspect", "mine")));
      assert.equal([image.labels, image.history.length], [{ colour: "red" }, 2]);
    }),
  );
}

registryTest(
  "images for several platforms become one, of which each host gets its own",
  withMine(async (folder) => {
    assertDone(chImage(folder, "pull", `${registry}/from/image:docker`, "docker"));
    const arm = chImage(folder, "pull", "-a", "arm64", `${registry}/from/image:arm64`, "arm");
    assert.is(arm.status, 0);
    const name = `${registry}/several/image`;
    assertDone(chImage(folder, "push", "--index", "mine", "arm", name));
    const { manifests } = await manifestOf("several/image");
    const platforms = (manifests as { platform: unknown }[]).map(({ platform }) => platform);
    assert.equal(platforms, [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
    assertDone(chImage(folder, "pull", "-a", "arm64", name, "mine"));
    const [found] = JSON.parse(assertDone(chImage(folder, "list", "--json", "mine")));
    assert.is(found.platform, "linux/arm64");
    const same = chImage(folder, "push", "--index", "docker", "docker", name);
    assertRefused(same, 2, "cannot make one of these images: two are for linux/amd64");
  }),
);

registryTest(
  "a digest in the name is held against the image",
  withMine(async (folder) => {
    const digest = String((await manifestOf("from/image"))["digest"]);
    assertDone(chImage(folder, "push", "mine", `${registry}/digest/image@${digest}`));
    const wrong = `${registry}/digest/image@sha256:${"0".repeat(64)}`;
    const refusal = /^error: cannot push mine:latest as ".*": its digest is sha256:\w+$/;
    assertRefused(chImage(folder, "push", "mine", wrong), 2, refusal);
  }),
);

registryTest("what cannot be pushed is refused", () =>
  withFolder((folder) => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const refused = (status: number, error: string, ...args: readonly string[]): void =>
      assertRefused(chImage(folder, "push", ...args), status, error);
    refused(1, 'there is no image "none:latest" in storage', "none", `${registry}/x`);
    refused(1, `cannot push "${file}": not a directory`, `--image=${file}`, `${registry}/x`);
    refused(2, 'one operand too many: "b"', "a", "b", "c");
    refused(2, "--index wants images, and then REF", "--index", "a");
    refused(2, "--image and --index exclude each other", "--index", "--image=a", "a", "b");
  }),
);

const PEERS: Readonly<Record<string, readonly string[]>> = {
  skopeo: ["inspect", "--tls-verify=false", "--config"],
};

for (const [peer, args] of Object.entries(PEERS)) {
  const isHere = runAny("sh", ["-c", `command -v ${peer}`]).status === 0;
  testIf(HAS_REGISTRY && isHere, `no docker-registry or no ${peer} here`)(
    `${peer} reads what we push`,
    () =>
      withFolder((folder) => {
        const tree = makeTree(makeImage(join(folder, "tree")), { "data/x": "1" });
        assertDone(chImage(folder, "push", `--image=${tree}`, `${registry}/peer/image`));
        must(peer, ...args, `docker://${registry}/peer/image`);
        const copy = join(folder, "copy");
        must(
          peer,
          "copy",
          "-q",
          "--insecure-policy",
          "--src-tls-verify=false",
          `docker://${registry}/peer/image`,
          `dir:${copy}`,
        );
        assert.ok(readFileSync(join(copy, "manifest.json")).length > 0);
      }),
  );
}

runConditional();
