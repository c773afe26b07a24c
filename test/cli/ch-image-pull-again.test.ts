/** ch-image pull --always-download: what storage has is fetched again. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, runStored, startImage } from "../helpers/ch-image.ts";
import { startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { assertDone } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

testIf(HAS_REGISTRY, NO_REGISTRY)("all layers are fetched again, each from its start", () =>
  withFolder(async (folder) => {
    const registry = await startRegistry();
    const repository = new Repository(registry, "test/image");
    const trees = makeTrees(join(folder, "image"));
    const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
    await repository.putImage(layers, { tag: "latest" });
    const proxy = await startFaultProxy(registry);
    const name = `${proxy.address}/test/image`;
    assertDone(await startImage(folder, "pull", name).ended);
    const fetched = proxy.log.splice(0).filter((line) => line.includes("/blobs/"));
    const digest = layers[0]?.blob.digest.replace("sha256:", "");
    writeFileSync(join(folder, "storage/tmp", `${digest}.part`), "left by somebody");
    assertDone(await startImage(folder, "pull", "--always-download", name).ended);
    assert.equal(proxy.log.filter((line) => line.includes("/blobs/")).sort(), fetched.sort());
    assert.equal(readdirSync(join(folder, "storage/tmp")), []);
    assert.is(assertDone(chImage(folder, "list")), `${name}:latest\n`);
    assert.is(assertDone(runStored(folder, name, "--", "/bin/sh", "-c", SHOW)), SHOWN);
  }),
);

runConditional();
