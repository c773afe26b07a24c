/** Where a layer cannot be had, nobody waits for the others. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, startConvert, startImage } from "../helpers/ch-image.ts";
import type { Launched } from "../helpers/ch-run.ts";
import { type FaultProxy, startFaultProxy } from "../helpers/fault-proxy.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { type Blob, Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

async function prepare(): Promise<{ registry: string; blobs: readonly Blob[] }> {
  const registry = await startRegistry();
  const repository = new Repository(registry, "test/image");
  const trees = makeTrees(join(ownFolder(), "image"));
  const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
  await repository.putImage(layers, { tag: "latest" });
  return { registry, blobs: layers.map(({ blob }) => blob) };
}

const { registry, blobs } = HAS_REGISTRY ? await prepare() : { registry: "", blobs: [] };
const [first = "", last = ""] = [blobs.at(0), blobs.at(-1)].map((blob) => blob?.digest);

/** A proxy where the first layer does not go on, and the last is not there. */
async function brokenProxy(): Promise<FaultProxy> {
  const proxy = await startFaultProxy(registry);
  proxy.break(new RegExp(first), { kind: "stall", after: 100 });
  proxy.break(new RegExp(last), { kind: "status", status: 404 });
  return proxy;
}

type Start = (folder: string, name: string) => Launched;

const COMMANDS: Readonly<Record<string, Start>> = {
  "ch-image pull": (folder, name) => startImage(folder, "pull", name),
  "ch-image pull --squash": (folder, name) =>
    startImage(folder, "pull", `--squash=${folder}/out.sqfs`, name),
  "ch-convert to a tar archive": (folder, name) =>
    startConvert(folder, `docker://${name}`, join(folder, "out.tar")),
  "ch-convert to storage": (folder, name) => startConvert(folder, `docker://${name}`, "mine"),
};

for (const [command, start] of Object.entries(COMMANDS)) {
  testIf(HAS_REGISTRY, NO_REGISTRY)(`${command} ends when a layer is not there`, () =>
    withFolder(async (folder) => {
      const proxy = await brokenProxy();
      const outcome = await start(folder, `${proxy.address}/test/image`).ended;
      assertRefused(outcome, 1, /404|not found/i);
      // After a minute it would have been asked for again.
      assert.is(proxy.log.filter((line) => line.includes(first)).length, 1);
      for (const name of ["out.sqfs", "out.tar"]) assert.not(existsSync(join(folder, name)));
      assert.is(assertDone(chImage(folder, "list")), "");
      const left = readdirSync(folder).filter((name) => !["storage", "home"].includes(name));
      assert.ok(left.every((name) => name.startsWith(".charliecloud.parts.")));
    }),
  );
}

runConditional();
