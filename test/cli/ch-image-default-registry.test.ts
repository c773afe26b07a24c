/** Names without a registry: ch-image pull and push, ch-convert, with another one than Docker Hub. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { chImage, chImageWith, configure, runStored } from "../helpers/ch-image.ts";
import { withFolder } from "../helpers/folder.ts";
import { makeTrees, putTree, SHOW, SHOWN } from "../helpers/layer.ts";
import { ownFolder } from "../helpers/own-folder.ts";
import { messages, run } from "../helpers/program.ts";
import { assertDone, assertRefused } from "../helpers/refusal.ts";
import { HAS_REGISTRY, NO_REGISTRY, startRegistry } from "../helpers/registry.ts";
import { Repository } from "../helpers/registry-content.ts";
import { runConditional, testIf } from "../helpers/test-if.ts";

const registryTest = testIf(HAS_REGISTRY, NO_REGISTRY);

async function prepare(): Promise<string> {
  const registry = await startRegistry();
  const trees = makeTrees(join(ownFolder(), "image"));
  for (const name of ["image", "site/hub/image"]) {
    const repository = new Repository(registry, name);
    const layers = await Promise.all(trees.map((tree) => putTree(repository, tree)));
    await repository.putImage(layers, { tag: "latest" });
  }
  return registry;
}

const registry = HAS_REGISTRY ? await prepare() : "";
const [HOST = "", PORT = ""] = registry.split(":");

function sourceOf(folder: string, name: string): string {
  return JSON.parse(assertDone(chImage(folder, "inspect", name))).source;
}

registryTest("$CH_REGY_DEFAULT_HOST and _PORT say where a name without a host is", () =>
  withFolder((folder) => {
    const variables = { CH_REGY_DEFAULT_HOST: HOST, CH_REGY_DEFAULT_PORT: PORT };
    assertDone(chImageWith(folder, variables, "pull", "image"));
    // In storage it has the name that it was asked for by, and ch-run finds it without variables.
    assert.is(assertDone(chImage(folder, "list")), "image:latest\n");
    assert.is(sourceOf(folder, "image"), `${registry}/image:latest`);
    assert.is(assertDone(runStored(folder, "image", "--", "/bin/sh", "-c", SHOW)), SHOWN);
    const asked = chImageWith(folder, variables, "gestalt", "registry");
    assert.is(assertDone(asked), `${registry}\n`);
  }),
);

registryTest("$CH_REGY_PATH_PREFIX comes before the path, but not before a host", () =>
  withFolder((folder) => {
    const prefix = { CH_REGY_PATH_PREFIX: "site/hub" };
    const variables = { CH_REGY_DEFAULT_HOST: HOST, CH_REGY_DEFAULT_PORT: PORT, ...prefix };
    assertDone(chImageWith(folder, variables, "pull", "image"));
    assert.is(sourceOf(folder, "image"), `${registry}/site/hub/image:latest`);
    assertDone(chImageWith(folder, variables, "pull", `${registry}/image`, "other"));
    assert.is(sourceOf(folder, "other"), `${registry}/image:latest`);
  }),
);

registryTest("the configuration names a registry, and the variable another", () =>
  withFolder((folder) => {
    configure(folder, `ch-image.default-registry = http://${registry}/site/hub`);
    assertDone(chImage(folder, "pull", "image"));
    assert.is(sourceOf(folder, "image"), `${registry}/site/hub/image:latest`);
    const { defaultRegistry } = JSON.parse(assertDone(chImage(folder, "gestalt", "--json")));
    assert.is(defaultRegistry, `http://${registry}/site/hub`);
    assertDone(chImageWith(folder, { CH_REGY_DEFAULT_HOST: registry }, "pull", "image", "b"));
    assert.is(sourceOf(folder, "b"), `${registry}/image:latest`);
  }),
);

registryTest("also push, pull --squash and ch-convert know the registry", () =>
  withFolder((folder) => {
    configure(folder, `ch-image.default-registry = ${registry}`);
    assertDone(chImage(folder, "pull", "image", "mine"));
    assertDone(chImage(folder, "push", "mine"));
    assertDone(chImage(folder, "pull", `${registry}/mine`, "again"));
    assertDone(chImage(folder, "pull", `--squash=${folder}/mine.sqfs`, "mine"));
    const env = { HOME: join(folder, "home") };
    assertDone(run("ch-convert", ["docker://mine", join(folder, "out.tar")], { env }));
  }),
);

registryTest("a port or a prefix without a host is said to have no effect", () =>
  withFolder((folder) => {
    const variables = { CH_REGY_DEFAULT_PORT: "5000", CH_REGY_PATH_PREFIX: "a" };
    const { status, stdout, stderr } = chImageWith(folder, variables, "gestalt", "registry");
    assert.equal([status, stdout], [0, "docker.io\n"]);
    assert.equal(
      messages(stderr),
      ["DEFAULT_PORT", "PATH_PREFIX"].map(
        (name) => `warning: $CH_REGY_${name} has no effect without $CH_REGY_DEFAULT_HOST`,
      ),
    );
  }),
);

registryTest("what is no registry is refused", () =>
  withFolder((folder) => {
    const outcome = chImageWith(folder, { CH_REGY_DEFAULT_HOST: "a b" }, "pull", "image");
    assertRefused(outcome, 1, 'cannot use default registry "a b": not HOST[:PORT][/PATH]');
  }),
);

runConditional();
